import VFIOTypes

/// A process as its memory is charged: `struct mm_struct`.
struct ModelProcess: Sendable {
  /// Memory that sPAPR v2 was told of: `struct mm_iommu_table_group_mem_t` of arch/powerpc/mm/book3s64/iommu_api.c.
  struct Region: Sendable {
    let number: Int
    let address: UInt64
    let size: UInt64
    /// The largest IOMMU page that may mean a page of it.
    let pageShift: UInt32
    /// How many containers registered it, and one for each that went the wrong way.
    var used = 1
    /// How many entries of tables mean it.
    var mapped: UInt64 = 0

    func contains(_ address: UInt64, _ size: UInt64) -> Bool {
      address >= self.address && address - self.address <= self.size
        && size <= self.size - (address - self.address)
    }
  }

  /// Pages that are charged to it: `locked_vm`.
  var locked: UInt64 = 0
  /// Pages of those that no call gives back.
  var leaked: UInt64 = 0
  var regions: [Region] = []

  /// iommu_api.c: mm_iommu_lookup.
  func region(of address: UInt64, _ size: UInt64) -> Int? {
    regions.firstIndex { $0.contains(address, size) }
  }

  /// iommu_api.c: mm_iommu_put.
  ///
  /// - Throws: `EBUSY` of a region that entries still mean, which keeps it.
  mutating func put(_ index: Int, pageSize: UInt64) throws(ModelRefusal) {
    regions[index].used -= 1
    guard regions[index].used == 0 else { return }
    guard regions[index].mapped == 0 else {
      regions[index].used += 1
      throw ModelRefusal(.ebusy, "iommu_api.c: mm_iommu_put, entries mean it")
    }
    locked -= regions[index].size / pageSize
    regions.remove(at: index)
  }

  /// vfio_iommu_spapr_tce.c: tce_iommu_unuse_page_v2, for entries that are gone.
  mutating func unuse(_ runs: [ModelTCEWindow.Run], page: UInt64) {
    for run in runs {
      var (address, left) = (run.address, run.range.last - run.range.start + 1)
      while left > 0 {
        guard let index = region(of: address, page) else {
          // "was not cached": nothing to count down.
          address += page
          left -= min(page, left)
          continue
        }
        let bytes = min(left, (regions[index].address + regions[index].size - address) / page * page)
        regions[index].mapped -= min(regions[index].mapped, bytes / page)
        address += bytes
        left -= bytes
      }
    }
  }
}

extension ModelKernel {
  /// mm/util.c: account_locked_vm of whole pages.
  mutating func charge(_ bytes: UInt64, to process: Int) throws(ModelRefusal) {
    let pages = bytes / host.pageSize
    guard pages > 0 else { return }
    if let limit = host.lockedMemoryLimit, processes[process].locked + pages > limit / host.pageSize {
      throw ModelRefusal(.enomem, "mm/util.c: __account_locked_vm, RLIMIT_MEMLOCK")
    }
    processes[process].locked += pages
  }

  mutating func discharge(_ bytes: UInt64, from process: Int) {
    processes[process].locked -= bytes / host.pageSize
  }

  /// How much of some memory can be pinned for writing, from its start, by pages.
  func pinnableBytes(from address: UInt64, upTo size: UInt64) -> UInt64 {
    let page = host.pageSize
    guard
      let memory = memories.first(where: { start, size in
        address >= start && address - start < (size + page - 1) / page * page
      })
    else { return 0 }
    let end = memory.key + (memory.value + page - 1) / page * page
    let bytes = min(size, end - address)
    let blocked = unwritable.compactMap { part -> UInt64? in
      let first = part.start / page * page
      guard part.last >= address, first < address + bytes else { return nil }
      return first > address ? first - address : 0
    }
    return min(bytes, blocked.min() ?? bytes)
  }

  /// Takes rights on a part of memory away from the process itself, as `mprotect` does, or gives them back.
  ///
  /// - Parameters:
  ///   - range: the part, by whole pages.
  ///   - access: what the process may do with it.
  package mutating func protect(_ range: MemoryRange, _ access: DMAMapping.Access) {
    guard let part = IOVARange(iova: range.address, size: range.size) else { return }
    unwritable = unwritable.flatMap { $0.subtracting(part) }
    if !access.contains(.write) { unwritable.append(part) }
  }

  /// Goes on as a child of the process, which has its memory and its open files and is another nevertheless.
  package mutating func fork() {
    processes.append(ModelProcess())
    process = processes.count - 1
  }

  /// Bytes charged to the process that asks: `VmLck`.
  public var lockedBytes: UInt64 {
    let (bytes, overflow) = processes[process].locked.multipliedReportingOverflow(by: host.pageSize)
    return containers.reduce(overflow ? UInt64.max : bytes) { $0 &+ ($1?.type1Pinned ?? 0) }
  }

  /// Bytes charged to the process that no call gives back: tables of windows that could not be made
  /// (vfio_iommu_spapr_tce.c: tce_iommu_create_table), and regions that were unregistered while mapped.
  public var leakedBytes: UInt64 {
    let (bytes, overflow) = leakedPages(of: process).multipliedReportingOverflow(by: host.pageSize)
    return overflow ? UInt64.max : bytes
  }

  /// Whether nothing is left but what no call gives back to any process.
  public var isIdleButForLeaks: Bool {
    openFiles == 0 && attachedGroups.isEmpty && memories.isEmpty
      && containers.allSatisfy { ($0?.pinned ?? 0) == 0 }
      && processes.indices.allSatisfy { processes[$0].locked == leakedPages(of: $0) }
  }

  private func leakedPages(of process: Int) -> UInt64 {
    let held = Set(containers.flatMap { $0?.tce?.regions ?? [] })
    let lost = processes[process].regions.filter { !held.contains($0.number) }
    return lost.reduce(processes[process].leaked) { $0 + $1.size / host.pageSize }
  }
}
