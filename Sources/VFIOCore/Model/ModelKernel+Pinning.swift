import VFIOTypes

extension ModelKernel {
  /// Bytes that are charged: to the process by containers and, where it says so, an iommufd; else to the user.
  struct Charge: Sendable {
    var process: UInt64 = 0
    var user: UInt64 = 0
  }

  /// What is charged where a limit holds; who may lock what they like is charged by containers alone.
  ///
  /// iommufd/pages.c: iopt_alloc_pages; vfio_iommu_type1.c: vfio_lock_acct.
  var chargedBytes: Charge {
    var charge = Charge(process: lockedBytes)
    guard host.lockedMemoryLimit != nil else { return charge }
    for case let iommufd? in iommufds {
      charge.process &+= iommufd.pinned(page: host.pageSize) { $0.chargesProcess }
      charge.user &+= iommufd.pinned(page: host.pageSize) { !$0.chargesProcess }
    }
    return charge
  }

  /// iommufd/pages.c: do_update_pinned, once more is pinned than before.
  func checkCharge(after before: Charge) throws(ModelRefusal) {
    guard let limit = host.lockedMemoryLimit else { return }
    let charge = chargedBytes
    guard charge.user <= max(limit, before.user) else {
      throw ModelRefusal(.enomem, "iommufd/pages.c: incr_user_locked_vm, RLIMIT_MEMLOCK")
    }
    guard charge.process <= max(limit, before.process) else {
      throw ModelRefusal(.enomem, "iommufd/pages.c: update_mm_locked_vm, RLIMIT_MEMLOCK")
    }
  }

  /// iommufd/pages.c: pfn_reader_user_pin: the memory must be there when it is pinned, and not before.
  func checkMemory(of area: ModelArea, of index: Int) throws(ModelRefusal) {
    guard let pages = iommufds[index]?.pages[area.pages] else { return }
    let indices = area.pages(of: host.pageSize)
    let first = pages.address + indices.lowerBound * host.pageSize
    let bytes = (indices.upperBound - indices.lowerBound + 1) * host.pageSize
    let isThere = memories.contains { start, size in
      // The last page of memory is there whole.
      let whole = (size + host.pageSize - 1) / host.pageSize * host.pageSize
      return first >= start && first - start <= whole && bytes <= whole - (first - start)
    }
    guard isThere else { throw ModelRefusal(.efault, "iommufd/pages.c: pfn_reader_user_pin") }
    // vfio_compat.c lets a mapping through that allows neither; the IOMMU's driver does not.
    guard !area.access.isEmpty else { throw ModelRefusal(.einval, "intel/iommu.c: __domain_mapping, access") }
  }

  /// iommufd/io_pagetable.c: iopt_fill_domain: what an IOAS holds is pinned when its first table comes.
  func checkPinning(in number: UInt32, of index: Int, after before: Charge) throws(ModelRefusal) {
    guard let ioas = iommufds[index]?.ioases[number] else { return }
    for area in ioas.areas { try checkMemory(of: area, of: index) }
    try checkCharge(after: before)
  }
}
