import VFIOTypes

/// Memory that v2 is told of: vfio_iommu_spapr_tce.c, and arch/powerpc/mm/book3s64/iommu_api.c of Linux 6.12.
extension ModelKernel {
  private static let file = "vfio_iommu_spapr_tce.c"

  /// tce_iommu_register_pages, and iommu_api.c: mm_iommu_do_alloc.
  mutating func register(_ range: MemoryRange, in index: Int) throws(ModelRefusal) {
    let function = "\(ModelKernel.file): tce_iommu_register_pages"
    guard (range.address | range.size) % host.pageSize == 0, range.address &+ range.size >= range.address
    else { throw ModelRefusal(.einval, "\(function), address and size") }
    let number: Int
    if let known = processes[process].regions.firstIndex(where: {
      $0.address == range.address && $0.size == range.size
    }) {
      number = processes[process].regions[known].number
      guard containers[index]?.tce?.regions.contains(number) != true else {
        throw ModelRefusal(.ebusy, function)
      }
      processes[process].regions[known].used += 1
    } else {
      number = try pin(range)
    }
    containers[index]?.tce?.regions.append(number)
    containers[index]?.tce?.isEnabled = true
  }

  /// - Returns: the number of the region.
  private mutating func pin(_ range: MemoryRange) throws(ModelRefusal) -> Int {
    let function = "iommu_api.c: mm_iommu_do_alloc"
    try charge(range.size, to: process)
    do throws(ModelRefusal) {
      guard range.size > 0 else { throw ModelRefusal(.enomem, "\(function), vzalloc of nothing") }
      let pinned = pinnableBytes(from: range.address, upTo: range.size) / host.pageSize
      guard pinned == range.size / host.pageSize else {
        // As many pages at once as pointers to them fit into the largest piece of memory there is: 16 MiB.
        let told = pinned % ((16 << 20) / 8)
        guard told > 0 else { throw ModelRefusal(.efault, "\(function), pin_user_pages") }
        throw ModelRefusal(returning: Int32(told), "\(function), of which the pages before the hole are told")
      }
      let overlaps = processes[process].regions.contains {
        $0.address < range.address + range.size && range.address < $0.address + $0.size
      }
      guard !overlaps else { throw ModelRefusal(.einval, "\(function), overlap") }
    } catch {
      discharge(range.size, from: process)
      throw error
    }
    nextNumber += 1
    processes[process].regions.append(
      ModelProcess.Region(
        number: nextNumber,
        address: range.address,
        size: range.size,
        pageShift: pageShift(of: range)
      )
    )
    return nextNumber
  }

  /// The largest IOMMU page a region takes: the processor's, and of huge pages of hugetlbfs as far as the region is aligned.
  private func pageShift(of range: MemoryRange) -> UInt32 {
    let processor = UInt32(host.pageSize.trailingZeroBitCount)
    let alignment = UInt32((range.address | range.size).trailingZeroBitCount)
    let huge = hugePages.first { start, _ in
      range.address >= start && range.address - start < memories[start] ?? 0
    }
    guard let huge else { return processor }
    return min(alignment, UInt32(huge.value.trailingZeroBitCount))
  }

  /// tce_iommu_unregister_pages.
  mutating func unregister(_ range: MemoryRange, in index: Int) throws(ModelRefusal) {
    let function = "\(ModelKernel.file): tce_iommu_unregister_pages"
    guard (range.address | range.size) % host.pageSize == 0 else {
      throw ModelRefusal(.einval, "\(function), address and size")
    }
    guard
      let region = processes[process].regions.firstIndex(where: {
        $0.address == range.address && $0.size == range.size
      })
    else { throw ModelRefusal(.enoent, "\(function), mm_iommu_get") }
    let number = processes[process].regions[region].number
    guard let place = containers[index]?.tce?.regions.firstIndex(of: number) else {
      throw ModelRefusal(.enoent, "\(function), not of this container")
    }
    // Its own reference is what the first put takes away, so that the container forgets the region whatever the second says.
    containers[index]?.tce?.regions.remove(at: place)
    release(number, of: process)
  }

  /// iommu_api.c: mm_iommu_put of a container's reference.
  mutating func release(_ number: Int, of owner: Int) {
    guard let region = processes[owner].regions.firstIndex(where: { $0.number == number }) else { return }
    do throws(ModelRefusal) {
      try processes[owner].put(region, pageSize: host.pageSize)
    } catch {
      // WARN_ON: what the container leaves behind lives as long as the process.
      damage.insert(.lostRegion)
    }
  }
}
