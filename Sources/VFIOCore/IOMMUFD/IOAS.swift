public import VFIOTypes

/// An address space of an iommufd: one set of mappings, which devices are attached to.
///
/// It is owned by whoever holds it and ends by `destroy`, or goes with its iommufd by `relinquish`.
///
/// Source: Linux 6.12 drivers/iommu/iommufd/ioas.c, io_pagetable.c.
public struct IOAS: ~Copyable, Sendable {
  /// What errors call it.
  public let name: String
  private let object: IOMMUFDObject
  var space = BusAddressSpace.ofIOAS()

  init(_ id: ObjectID, of iommufd: DescriptorNumber, name: String) {
    self.name = name
    self.object = IOMMUFDObject(id, of: iommufd)
  }

  /// Its number in the iommufd.
  public var id: ObjectID { object.id }

  /// The mappings made here, ascending; those the kernel placed are among them.
  public var mappings: [IOVARange] { space.mappings.all }

  /// Reads which bus addresses can be mapped and by what multiples; both change with the devices that are attached.
  ///
  /// - Parameters:
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Returns: what it offers now; it takes any number of mappings.
  /// - Throws: any refusal of the kernel.
  public mutating func readInformation(
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> IOMMUInformation {
    check(of: iommufd)
    do throws(KernelError) {
      let information = try kernel.information(ofIOAS: id, of: iommufd.descriptor)
      space.information = information
      return information
    } catch { throw error.on(subject) }
  }

  /// Says which bus addresses are going to be used, so that a device that cannot have them is refused when it is attached, and not when
  /// memory is mapped.
  ///
  /// - Parameters:
  ///   - ranges: the bus addresses; none allows all there are.
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EADDRINUSE` where an attached device cannot have them (iommufd_ioas_allow_iovas).
  public mutating func allow(
    _ ranges: [IOVARange],
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    check(of: iommufd)
    do throws(KernelError) {
      _ = try kernel.perform(.ioasAllowIOVAs(id, ranges), on: iommufd.descriptor)
    } catch { throw error.on(subject) }
    space.devicesChanged()
  }

  /// Lets attached devices reach a part of some memory.
  ///
  /// - Parameters:
  ///   - memory: the memory, which is pinned until the range is unmapped.
  ///   - offset: where the part starts, in bytes; a multiple of the page size.
  ///   - size: bytes; a multiple of the page size.
  ///   - iova: the first bus address.
  ///   - access: what devices may do with it.
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` for what the checks find; `ENOMEM` past the limit of locked memory, of the user or of the process as the iommufd
  ///   is set, `EFAULT` for memory that cannot be pinned, such as a BAR (drivers/iommu/iommufd/pages.c: pfn_reader_user_pin).
  public mutating func map(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    at iova: UInt64,
    access: DMAMapping.Access = [.read, .write],
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    check(of: iommufd)
    do throws(KernelError) {
      let part = try memory.part(offset, size, .ioasMap)
      let mapping = DMAMapping(iova: iova, size: size, address: part.address, access: access)
      try space.map(mapping, ioas: id, on: iommufd.descriptor, in: &kernel)
    } catch { throw error.on("\(subject) at 0x\(Hexadecimal.text(iova))") }
  }

  /// Lets attached devices reach a part of some memory, at bus addresses the kernel chooses.
  ///
  /// - Parameters:
  ///   - memory: the memory, which is pinned until the range is unmapped.
  ///   - offset: where the part starts, in bytes; a multiple of the page size.
  ///   - size: bytes; a multiple of the page size.
  ///   - access: what devices may do with it.
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Returns: the bus addresses.
  /// - Throws: as `map`; `ENOSPC` where there is no room of that size (io_pagetable.c: iopt_alloc_iova).
  public mutating func map(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    access: DMAMapping.Access = [.read, .write],
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> IOVARange {
    check(of: iommufd)
    do throws(KernelError) {
      let part = try memory.part(offset, size, .ioasMap)
      if space.information == nil {
        space.information = try kernel.information(ofIOAS: id, of: iommufd.descriptor)
      }
      let page = space.information?.pageSizes.smallest ?? 4096
      guard size > 0 else { throw KernelError(.ioasMap, .range(.empty)) }
      guard part.address % page == 0, size % page == 0 else {
        throw KernelError(.ioasMap, .range(.unaligned(page)))
      }
      guard !access.isEmpty, access.isSubset(of: [.read, .write]) else {
        throw KernelError(.ioasMap, .range(.noAccess))
      }
      let request = Request.ioasMapAnywhere(id, part, access)
      guard case .iova(let start) = try kernel.perform(request, on: iommufd.descriptor) else {
        throw KernelError.strange(.ioasMap)
      }
      guard let range = IOVARange(iova: start, size: size), space.mappings.first(overlapping: range) == nil
      else { throw KernelError(.ioasMap, .malformed("a mapping at 0x\(Hexadecimal.text(start))")) }
      space.add(range)
      return range
    } catch { throw error.on(subject) }
  }

  /// Maps what another address space has mapped, without pinning or charging it again.
  ///
  /// - Parameters:
  ///   - source: the address space that has it mapped.
  ///   - range: the bus addresses there, all of which are mapped.
  ///   - iova: the first bus address here.
  ///   - access: what devices may do with it, no more than there.
  ///   - iommufd: the iommufd of both.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` for what the checks find; `EPERM` for more than the source allows (ioas.c: iommufd_ioas_copy).
  public mutating func copy(
    from source: borrowing IOAS,
    _ range: IOVARange,
    at iova: UInt64,
    access: DMAMapping.Access = [.read, .write],
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    check(of: iommufd)
    source.check(of: iommufd)
    do throws(KernelError) {
      let size = range.last &- range.start &+ 1
      if space.information == nil {
        space.information = try kernel.information(ofIOAS: id, of: iommufd.descriptor)
      }
      // Where the memory starts is the source's to know; its bus addresses there are as aligned.
      let mapping = DMAMapping(iova: iova, size: size, address: range.start, access: access)
      if let fault = space.fault(of: mapping) { throw KernelError(.ioasCopy, .range(fault)) }
      guard source.space.mappings.covers(range) else { throw KernelError(.ioasCopy, .range(.unmapped)) }
      let copy = IOASCopy(
        from: source.id,
        at: range.start,
        to: id,
        at: iova,
        size: size,
        access: access
      )
      _ = try kernel.perform(.ioasCopy(copy), on: iommufd.descriptor)
      if let here = IOVARange(iova: iova, size: size) { space.add(here) }
    } catch { throw error.on("\(subject) at 0x\(Hexadecimal.text(iova))") }
  }

  /// Takes back whole mappings.
  ///
  /// - Parameters:
  ///   - iova: the first bus address.
  ///   - size: bytes; every mapping in the range lies in it whole.
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` where nothing is mapped there or a mapping would be cut; any refusal of the kernel.
  public mutating func unmap(
    at iova: UInt64,
    size: UInt64,
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    check(of: iommufd)
    do throws(KernelError) {
      try space.unmap(iova: iova, size: size, ioas: id, on: iommufd.descriptor, in: &kernel)
    } catch { throw error.on("\(subject) at 0x\(Hexadecimal.text(iova))") }
  }

  /// Takes back everything; nothing is asked where nothing is mapped, which the kernel calls `ENOENT`.
  ///
  /// - Parameters:
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: any refusal of the kernel.
  public mutating func unmapAll(
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    check(of: iommufd)
    guard !space.mappings.isEmpty else { return }
    do throws(KernelError) {
      _ = try kernel.perform(.ioasUnmapAll(id), on: iommufd.descriptor)
    } catch { throw error.on(subject) }
    _ = space.remove(IOVARange(start: 0, last: UInt64.max))
  }

  /// Ends the address space with all its mappings; devices must be detached and page tables ended.
  ///
  /// - Parameters:
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EBUSY` while a device is attached (drivers/iommu/iommufd/main.c: iommufd_object_remove); then it goes with its iommufd.
  public consuming func destroy(
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let subject = subject
    let object = consumed()
    do throws(KernelError) {
      try object.destroy(of: iommufd, in: &kernel)
    } catch { throw error.on(subject) }
  }

  /// Leaves the address space to its iommufd, which takes it along when it is closed.
  public consuming func relinquish() { consumed().relinquish() }

  private consuming func consumed() -> IOMMUFDObject { object }

  private var subject: String { "IOAS '\(name)'" }

  func check(of iommufd: borrowing IOMMUFD) { object.check(of: iommufd) }
}
