import VFIOTypes

/// The pages devices may have written to, by Type1: Linux 6.12 vfio_iommu_type1.c: vfio_iommu_type1_dirty_pages.
extension ModelKernel {
  /// The longest bitmap: `DIRTY_BITMAP_SIZE_MAX`.
  private static let longestBitmap: UInt64 = 0x1000_0000

  mutating func perform(_ operation: DirtyPages, onContainer index: Int) throws(ModelRefusal) -> Reply {
    let function = "vfio_iommu_type1.c: vfio_iommu_type1_dirty_pages"
    guard let container = containers[index], let type1 = container.type1 else {
      throw ModelRefusal(.einval, "container.c: vfio_fops_unl_ioctl, no IOMMU is set")
    }
    guard type1.isVersion2 else { throw ModelRefusal(.eacces, "\(function), version 1") }
    switch operation {
    case .start:
      if type1.dirty == nil { containers[index]?.type1?.dirty = [:] }
      return .done
    case .stop:
      containers[index]?.type1?.dirty = nil
      return .done
    case .bitmap(let query):
      let page = smallestPage(of: container)
      let size = query.range.last &- query.range.start &+ 1
      let words = (size / page + 63) / 64
      guard query.pageSize == page, size > 0, (query.range.start | size) % page == 0,
        words * 8 <= ModelKernel.longestBitmap
      else { throw ModelRefusal(.einval, "\(function), range and page size") }
      guard var dirty = type1.dirty else { throw ModelRefusal(.einval, "\(function), nothing is noted") }
      let bitmap = try type1.bitmap(query, words: Int(words), &dirty)
      containers[index]?.type1?.dirty = dirty
      return .dirtyBitmap(bitmap)
    }
  }
}

extension ModelContainer.Type1 {
  /// vfio_iommu_type1.c: vfio_iova_dirty_bitmap and update_user_bitmap.
  ///
  /// An IOMMU of this kind notes nothing, so all that is mapped and pinned may have been written to. A query that does not begin
  /// a multiple of 64 pages before a mapping shifts the mapping's own bitmap, and only as many bits as it has pages are cleared
  /// afterwards: a later query tells pages behind the mapping as dirty that are not mapped at all, as the real kernel does.
  fileprivate func bitmap(
    _ query: DirtyQuery,
    words count: Int,
    _ bitmaps: inout [UInt64: [UInt64]]
  ) throws(ModelRefusal) -> [UInt64] {
    let hits = mappings.filter { $0.overlaps(query.range) }
    guard hits.allSatisfy({ query.range.contains($0) }) else {
      throw ModelRefusal(.einval, "vfio_iommu_type1.c: vfio_iova_dirty_bitmap, a mapping would be cut")
    }
    bitmaps = bitmaps.filter { entry in mappings.contains { $0.start == entry.key } }
    var words = [UInt64](repeating: 0, count: count)
    for hit in hits {
      let bits = Int((hit.last - hit.start) / query.pageSize + 1)
      let offset = Int((hit.start - query.range.start) / query.pageSize)
      let (first, shift) = (offset / 64, offset % 64)
      // vfio_dma_bitmap_alloc: a word more than the bits need.
      var own = bitmaps[hit.start] ?? [UInt64](repeating: 0, count: (bits + 63) / 64 + 1)
      for bit in 0..<bits { own[bit / 64] |= 1 << UInt64(bit % 64) }
      if shift > 0 {
        // lib/bitmap.c: __bitmap_shift_left, from the last word down.
        for word in (0..<((bits + shift + 63) / 64)).reversed() {
          let lower = word > 0 ? own[word - 1] >> UInt64(64 - shift) : 0
          own[word] = own[word] << UInt64(shift) | lower
        }
        own[0] |= words[first]
      }
      for word in 0..<((bits + shift + 63) / 64) where first + word < count {
        words[first + word] = own[word]
      }
      for bit in 0..<bits { own[bit / 64] &= ~(1 << UInt64(bit % 64)) }
      bitmaps[hit.start] = own
    }
    return words
  }
}
