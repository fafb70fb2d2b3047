public import VFIOTypes

/// A part of a device's region in the address space of this process.
///
/// It is there to be handed on: to a hypervisor's memory slots, so that a guest reaches the device without a call. An access while the
/// device's memory decoding is off ends the process by SIGBUS (Linux 6.12 drivers/vfio/pci/vfio_pci_core.c: vfio_pci_mmap_huge_fault,
/// before 6.11 vfio_pci_mmap_fault), so that for a program's own accesses there are `Device.read` and `Device.write`, which answer.
public struct MappedRegion: ~Copyable, Sendable {
  /// Where it starts in the address space of this process.
  public let address: UInt64
  /// Bytes.
  public let size: UInt64

  /// Takes over a part of a region that was just mapped.
  ///
  /// - Parameters:
  ///   - address: where it starts.
  ///   - size: bytes.
  public init(adopting address: UInt64, size: UInt64) {
    self.address = address
    self.size = size
  }

  deinit { assertionFailure("a mapped region was lost without being unmapped") }

  /// Gives up ownership, for the kernel that unmaps it.
  public consuming func relinquish() { discard self }
}

/// A kernel whose devices' regions can be had in the address space of this process: this machine's, and no other.
public protocol RegionMapping: Kernel, ~Copyable {
  /// Maps a part of a device's file.
  ///
  /// - Parameters:
  ///   - device: the open device.
  ///   - offset: where the part starts in the device's file, a multiple of the processor's page size.
  ///   - size: bytes, a multiple of the processor's page size.
  /// - Returns: the part, owned by the caller.
  /// - Throws: `mmap` with the kernel's error number.
  mutating func map(
    _ device: borrowing Descriptor,
    offset: UInt64,
    size: UInt64
  ) throws(KernelError) -> MappedRegion

  /// Unmaps a part of a region.
  ///
  /// - Parameter region: what to unmap; gone whatever is answered.
  /// - Throws: `munmap` with the kernel's error number.
  mutating func unmap(_ region: consuming MappedRegion) throws(KernelError)
}

extension Device {
  /// Maps a part of a region, one of those that `RegionInfo.mappableAreas` tells, or a part of one.
  ///
  /// - Parameters:
  ///   - region: the region, as `region` gave it.
  ///   - offset: bytes from its start, a multiple of the processor's page size.
  ///   - size: bytes, a multiple of the processor's page size.
  ///   - kernel: the kernel to ask.
  /// - Returns: the part; it is unmapped by the kernel that gave it.
  /// - Throws: `range` for a part that cannot be mapped; `EINVAL` for no multiple of pages (vfio_pci_core_mmap).
  public func map(
    _ region: RegionInfo,
    at offset: UInt64,
    size: UInt64,
    in kernel: inout some RegionMapping & ~Copyable
  ) throws(KernelError) -> MappedRegion {
    do throws(KernelError) {
      let areas: [IOVARange]
      do throws(CapabilityChain.Fault) {
        areas = try region.mappableAreas()
      } catch { throw KernelError(.mmap, .malformed(error.what)) }
      guard size > 0 else { throw KernelError(.mmap, .range(.empty)) }
      guard let part = IOVARange(iova: offset, size: size) else { throw KernelError(.mmap, .range(.wraps)) }
      guard areas.contains(where: { $0.contains(part) }) else {
        throw KernelError(.mmap, .range(.outside(areas)))
      }
      return try kernel.map(descriptor, offset: region.offset + offset, size: size)
    } catch { throw error.on("\(address) region \(region.index)") }
  }
}

extension RegionInfo {
  /// `VFIO_REGION_INFO_CAP_SPARSE_MMAP`.
  private static let sparseMMap: UInt16 = 1

  /// The parts that can be mapped, as bytes from the region's start: all of it, unless the kernel names parts.
  ///
  /// It does where the MSI-X table of a device is not the program's to touch, before Linux 4.16, and for parts a driver emulates.
  ///
  /// - Returns: the parts, each with both ends; none of a region that cannot be mapped.
  /// - Throws: where the capabilities are cut.
  public func mappableAreas() throws(CapabilityChain.Fault) -> [IOVARange] {
    guard flags.contains(.mmap), let whole = IOVARange(iova: 0, size: bytes) else { return [] }
    guard
      let sparse = try capabilities.capabilities().first(where: { $0.id == RegionInfo.sparseMMap })
    else { return [whole] }
    guard let count = capabilities.word(8, of: sparse), Int(count) <= capabilities.bytes.count / 16 else {
      throw CapabilityChain.Fault(what: "a cut capability of mappable areas")
    }
    var areas: [IOVARange] = []
    for index in 0..<Int(count) {
      guard let offset = capabilities.long(16 + index * 16, of: sparse),
        let size = capabilities.long(24 + index * 16, of: sparse)
      else { throw CapabilityChain.Fault(what: "a cut capability of mappable areas") }
      guard size > 0 else { continue }
      guard let area = IOVARange(iova: offset, size: size), whole.contains(area) else {
        throw CapabilityChain.Fault(what: "a mappable area outside its region")
      }
      areas.append(area)
    }
    return areas
  }
}
