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
  package private(set) var mappings = MappedRanges()

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
    let (iova, size) = (mapping.iova, mapping.size)
    guard let information, let page = information.pageSizes.smallest else { return .noIOMMU }
    guard size > 0 else { return .empty }
    guard iova % page == 0, size % page == 0, mapping.address % page == 0 else { return .unaligned(page) }
    guard !mapping.access.isEmpty, mapping.access.isSubset(of: [.read, .write]) else { return .noAccess }
    guard let range = IOVARange(iova: iova, size: size) else { return .wraps }
    if let ranges = information.ranges, !ranges.contains(where: { $0.contains(range) }) {
      return .outside(ranges)
    }
    if let other = mappings.first(overlapping: range) { return .overlaps(other) }
    if let available = information.available, available == 0 { return .noEntries }
    return nil
  }

  /// What is wrong with unmapping the mappings of a range, nil where nothing is.
  package func fault(ofUnmapping iova: UInt64, size: UInt64) -> RangeFault? {
    guard model != nil else { return .noIOMMU }
    guard size > 0 else { return .empty }
    if let page = information?.pageSizes.smallest, (iova | size) % page != 0 { return .unaligned(page) }
    guard let range = IOVARange(iova: iova, size: size) else { return .wraps }
    guard let first = mappings.first(overlapping: range) else { return .unmapped }
    // What is unmapped is as a rule what was mapped.
    guard first != range else { return nil }
    return mappings.first(cutBy: range).map { .cuts($0) }
  }

  /// Notes a mapping the kernel made.
  package mutating func add(_ range: IOVARange) {
    mappings.insert(range)
    if let available = information?.available { information?.available = available - min(1, available) }
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
  package mutating func map(
    _ mapping: DMAMapping,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard model != nil else { throw KernelError(.iommuMapDMA, .range(.noIOMMU)) }
    if information == nil { information = try kernel.information(of: container) }
    if let fault = fault(of: mapping) {
      throw KernelError(.iommuMapDMA, .range(fault))
    }
    _ = try kernel.perform(.iommuMapDMA(mapping), on: container)
    if let range = IOVARange(iova: mapping.iova, size: mapping.size) { add(range) }
  }

  /// Unmaps whole mappings after every check.
  package mutating func unmap(
    iova: UInt64,
    size: UInt64,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    if let fault = fault(ofUnmapping: iova, size: size) {
      throw KernelError(.iommuUnmapDMA, .range(fault))
    }
    guard let range = IOVARange(iova: iova, size: size) else { return }
    guard case .unmapped(let bytes) = try kernel.perform(.iommuUnmapDMA(range), on: container) else {
      throw KernelError.strange(.iommuUnmapDMA)
    }
    let expected = remove(range)
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
