public import VFIOTypes

/// The bus address space of one container: what the host accepts, and what is mapped.
///
/// Every range is checked here before the kernel is asked. Kernels are no validators: Type1 of version 1 answers an unmap that
/// cuts a mapping by unmapping more or nothing (Linux 6.12 vfio_iommu_type1.c: vfio_dma_do_unmap).
@usableFromInline
package struct BusAddressSpace: Sendable {
  /// How many groups are attached.
  @usableFromInline package internal(set) var groups = 0
  /// The model that was set; nil before.
  @usableFromInline package var model: IOMMUModel?
  /// What the container offers; nil before it was read, and after a group was attached, since ranges shrink by that.
  @usableFromInline package var information: IOMMUInformation?
  /// What is mapped.
  @usableFromInline package internal(set) var mappings = MappedRanges()

  package init() {}

  /// Notes that a group was attached, by which ranges may have shrunk.
  @inlinable
  package mutating func groupJoined() {
    groups += 1
    information = nil
  }

  /// Notes that a group was detached; the last takes the mappings and the IOMMU with it: Linux 6.12 container.c:
  /// vfio_group_detach_container.
  package mutating func groupLeft() {
    groups = max(0, groups - 1)
    information = nil
    if groups == 0 { self = BusAddressSpace() }
  }

  /// What is wrong with a mapping, nil where nothing is.
  package func fault(of mapping: DMAMapping) -> RangeFault? {
    do throws(RangeFault) {
      _ = try place(for: mapping)
      return nil
    } catch { return error }
  }

  /// A mapping that may be made: its range, and where it is noted then.
  @usableFromInline
  struct Addition {
    var range: IOVARange
    var place: MappedRanges.Place
  }

  /// Where a mapping is noted when the kernel made it, or what is wrong with it.
  @usableFromInline
  func place(for mapping: DMAMapping) throws(RangeFault) -> Addition {
    let (iova, size) = (mapping.iova, mapping.size)
    guard let page = information?.pageSizes.smallest else { throw .noIOMMU }
    guard size > 0 else { throw .empty }
    guard (iova | size | mapping.address) & (page - 1) == 0 else { throw .unaligned(page) }
    guard !mapping.access.isEmpty, mapping.access.isSubset(of: [.read, .write]) else { throw .noAccess }
    guard let range = IOVARange(iova: iova, size: size) else { throw .wraps }
    if information?.accepts(range) == false { throw .outside(information?.ranges ?? []) }
    let (place, overlapped) = mappings.place(for: range)
    if let overlapped { throw .overlaps(overlapped) }
    if information?.available == 0 { throw .noEntries }
    return Addition(range: range, place: place)
  }

  /// What is wrong with unmapping the mappings of a range, nil where nothing is.
  package func fault(ofUnmapping iova: UInt64, size: UInt64) -> RangeFault? {
    do throws(RangeFault) {
      _ = try removal(of: iova, size: size)
      return nil
    } catch { return error }
  }

  /// Mappings that may be unmapped: their range, and where the one is that is all of it.
  @usableFromInline
  struct Removal {
    @usableFromInline var range: IOVARange
    var place: MappedRanges.Place?
  }

  /// What is no longer noted when the kernel unmapped a range, or what is wrong with that.
  @usableFromInline
  func removal(of iova: UInt64, size: UInt64) throws(RangeFault) -> Removal {
    // What is unmapped is as a rule what was mapped, and right by that.
    let last = iova &+ size &- 1
    if let place = mappings.place(ofExactly: iova, last) {
      return Removal(range: IOVARange(start: iova, last: last), place: place)
    }
    guard model != nil else { throw .noIOMMU }
    guard size > 0 else { throw .empty }
    if let page = information?.pageSizes.smallest, (iova | size) & (page - 1) != 0 { throw .unaligned(page) }
    guard let range = IOVARange(iova: iova, size: size) else { throw .wraps }
    guard mappings.first(overlapping: range) != nil else { throw .unmapped }
    if let cut = mappings.first(cutBy: range) { throw .cuts(cut) }
    return Removal(range: range, place: nil)
  }

  /// Notes a mapping the kernel made.
  package mutating func add(_ range: IOVARange) {
    add(Addition(range: range, place: mappings.place(for: range).place))
  }

  @usableFromInline
  mutating func add(_ addition: Addition) {
    mappings.insert(addition.range, at: addition.place)
    if let available = information?.available { information?.available = available - min(1, available) }
  }

  /// Notes that the kernel unmapped what it may.
  ///
  /// - Returns: the bytes of the mappings.
  @usableFromInline
  mutating func remove(_ removal: Removal) -> UInt64 {
    guard let place = removal.place else { return remove(removal.range) }
    mappings.remove(at: place)
    if let available = information?.available { information?.available = available + 1 }
    return removal.range.last &- removal.range.start &+ 1
  }

  /// Notes that the kernel unmapped the mappings in a range.
  ///
  /// - Returns: their bytes.
  package mutating func remove(_ range: IOVARange) -> UInt64 {
    let removed = mappings.remove(in: range)
    if let available = information?.available {
      information?.available = available + UInt32(removed.count)
    }
    return removed.bytes
  }
}

extension BusAddressSpace {
  /// Maps memory after every check, reading what the container offers where that is not known.
  @inlinable
  package mutating func map(
    _ mapping: DMAMapping,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard model != nil else { throw KernelError(.iommuMapDMA, .range(.noIOMMU)) }
    if information == nil { information = try kernel.information(of: container) }
    let addition: Addition
    do throws(RangeFault) {
      addition = try place(for: mapping)
    } catch { throw KernelError(.iommuMapDMA, .range(error)) }
    _ = try kernel.perform(.iommuMapDMA(mapping), on: container)
    add(addition)
  }

  /// Unmaps whole mappings after every check.
  @inlinable
  package mutating func unmap(
    iova: UInt64,
    size: UInt64,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let removal: Removal
    do throws(RangeFault) {
      removal = try self.removal(of: iova, size: size)
    } catch { throw KernelError(.iommuUnmapDMA, .range(error)) }
    guard case .unmapped(let bytes) = try kernel.perform(.iommuUnmapDMA(removal.range), on: container) else {
      throw KernelError.strange(.iommuUnmapDMA)
    }
    let expected = remove(removal)
    guard bytes == expected else {
      throw KernelError(.iommuUnmapDMA, .malformed("\(bytes) bytes, expected \(expected)"))
    }
  }
}

extension IOVARange {
  /// The range of a start and a size; nil where it is empty or goes past the last address.
  package init?(iova: UInt64, size: UInt64) {
    guard size > 0 else { return nil }
    let (last, overflow) = iova.addingReportingOverflow(size - 1)
    guard !overflow else { return nil }
    self.init(start: iova, last: last)
  }
}
