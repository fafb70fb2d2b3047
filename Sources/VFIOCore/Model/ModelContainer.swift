import VFIOTypes

/// A container of the model: groups, and what Type1 keeps once it is set.
struct ModelContainer: Sendable {
  /// State of `struct vfio_iommu` in Linux 6.12 vfio_iommu_type1.c.
  struct Type1: Sendable {
    var isVersion2: Bool
    /// What is mapped, ascending.
    var mappings: [IOVARange] = []
    /// `dma_avail`.
    var available: UInt32
    /// The bitmaps of mappings by their first address, where pages that devices may have written to are told; nil where not.
    var dirty: [UInt64: [UInt64]]?
  }

  /// Positions in the machine's groups, in the order of attaching.
  var groups: [Int] = []
  var type1: Type1?
  var tce: ModelTCEContainer?
  /// Whether it was set to do without an IOMMU.
  var isNoIOMMU = false

  /// Whether `VFIO_SET_IOMMU` was carried out.
  var hasIOMMU: Bool { type1 != nil || tce != nil || isNoIOMMU }

  /// Bytes it keeps pinned; what v2 registers is the process's.
  var pinned: UInt64 { type1Pinned + (tce?.pinned ?? 0) }

  var type1Pinned: UInt64 {
    type1?.mappings.reduce(0) { $0 &+ $1.last &- $1.start &+ 1 } ?? 0
  }
}

extension ModelContainer.Type1 {
  /// Unmaps as the kernel does: vfio_dma_do_unmap.
  ///
  /// - Parameters:
  ///   - range: what to unmap.
  ///   - page: the smallest page size.
  /// - Returns: the bytes that were unmapped; 0 where nothing was there.
  /// - Throws: `EINVAL` for a range that is no multiple of pages, or with version 2 would cut a mapping.
  mutating func unmap(_ range: IOVARange, page: UInt64) throws(ModelRefusal) -> UInt64 {
    guard range.start % page == 0, (range.last &+ 1) % page == 0 else {
      throw ModelRefusal(.einval, "vfio_iommu_type1.c: vfio_dma_do_unmap, size and alignment")
    }
    let hits = mappings.filter { $0.overlaps(range) }
    if isVersion2, hits.contains(where: { !range.contains($0) }) {
      throw ModelRefusal(.einval, "vfio_iommu_type1.c: vfio_dma_do_unmap, a mapping would be cut")
    }
    var unmapped: UInt64 = 0
    for hit in hits {
      // Version 1 unmaps whole mappings from the first that begins in the range, and nothing where one begins before.
      if !isVersion2 && range.start > hit.start { break }
      unmapped += hit.last - hit.start + 1
      mappings.removeAll { $0 == hit }
      available += 1
    }
    return unmapped
  }

  /// Unmaps everything: `VFIO_DMA_UNMAP_FLAG_ALL`.
  mutating func unmapAll() -> UInt64 {
    let bytes = mappings.reduce(0 as UInt64) { $0 &+ $1.last &- $1.start &+ 1 }
    available += UInt32(mappings.count)
    mappings = []
    return bytes
  }

  mutating func insert(_ range: IOVARange) {
    let place = mappings.firstIndex { $0.start > range.start } ?? mappings.count
    mappings.insert(range, at: place)
    available -= 1
  }
}

/// Why the model refuses: what it answers, and the place in Linux 6.12 that answers so.
public struct ModelRefusal: Error, Hashable, Sendable {
  /// The answer: an error number, or of sPAPR a number above zero.
  public var cause: KernelError.Cause
  /// File and function.
  public var source: String

  init(_ errno: ErrorNumber, _ source: String) {
    self.cause = .system(errno)
    self.source = source
  }

  init(returning number: Int32, _ source: String) {
    self.cause = .returned(number)
    self.source = source
  }
}
