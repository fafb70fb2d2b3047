import VFIOTypes

/// Making and removing windows: vfio_iommu_spapr_tce.c, and the platform behind it.
extension ModelKernel {
  private static let file = "vfio_iommu_spapr_tce.c"
  /// The page size of every default window: include/asm/iommu.h: IOMMU_PAGE_SHIFT_4K.
  private static let defaultShift: UInt32 = 12
  /// Where a window of slot 1 begins: pci-ioda.c: pnv_pci_ioda2_setup_dma_pe; what QEMU's firmware answers, too.
  private static let dynamicStart: UInt64 = 1 << 59

  /// tce_iommu_create_default_window: what is pending is made first.
  mutating func createDefaultWindow(in index: Int) throws(ModelRefusal) {
    guard let tce = containers[index]?.tce, tce.isDefaultPending,
      let first = containers[index]?.groups.last, let pe = host.groups[first].pe
    else { return }
    let window = TCEWindow(
      pageShift: ModelKernel.defaultShift,
      size: UInt64(pe.windowSize),
      levels: 1
    )
    _ = try createWindow(window, in: index)
    containers[index]?.tce?.isDefaultPending = false
  }

  /// tce_iommu_create_window: charges, makes, and programmes every group.
  ///
  /// - Returns: the first bus address.
  mutating func createWindow(_ window: TCEWindow, in index: Int) throws(ModelRefusal) -> UInt64 {
    let function = "\(ModelKernel.file): tce_iommu_create_window"
    guard let container = containers[index], let tce = container.tce, let owner = tce.owner else { return 0 }
    guard let slot = tce.windows.firstIndex(where: { $0 == nil }) else {
      throw ModelRefusal(.enospc, "\(ModelKernel.file): tce_iommu_find_free_table")
    }
    // The list of groups begins with the one that came last: tce_iommu_attach_group, list_add.
    guard let first = container.groups.last, let pe = host.groups[first].pe else {
      throw ModelRefusal(.efault, function)
    }
    guard window.pageShift < 64, pe.pageSizes.mask & (1 << UInt64(window.pageShift)) != 0 else {
      throw ModelRefusal(.einval, "\(function), page size")
    }
    let table = ModelTCETable(window: window, pageSize: host.pageSize)
    guard !table.isUndefined else {
      // Reasoned: a shift by a negative number gives what the processor makes of it.
      damage.insert(.undefinedSize)
      throw ModelRefusal(.einval, "\(function), a window smaller than its page")
    }
    let bytes = pe.platform == .pseries ? table.pseriesSize : table.powernvSize
    guard bytes > 0 else {
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_create_table, size")
    }
    try charge(bytes, to: owner)
    let start: UInt64
    do throws(ModelRefusal) {
      start = try make(table, of: pe, group: first, slot: slot)
    } catch {
      // tce_iommu_create_table does not give the charge back.
      processes[owner].leaked += bytes / host.pageSize
      throw error
    }
    nextNumber += 1
    let made = ModelTCEWindow(
      table: nextNumber,
      start: start,
      size: window.size,
      pageShift: window.pageShift,
      charged: bytes
    )
    groups[first].pe.tables[slot] = made.table
    for group in container.groups.reversed() {
      do throws(ModelRefusal) {
        try set(made, slot, of: group)
      } catch {
        for group in container.groups { unset(made, slot, of: group) }
        discharge(bytes, from: owner)
        throw error
      }
    }
    containers[index]?.tce?.windows[slot] = made
    return start
  }

  /// tce_iommu_remove_window of any address inside.
  mutating func removeWindow(at address: UInt64, in index: Int) throws(ModelRefusal) {
    guard let container = containers[index], let slot = container.tce?.slot(of: address) else {
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_remove_window")
    }
    if let window = container.tce?.windows[slot] {
      for group in container.groups { unset(window, slot, of: group) }
    }
    freeWindow(slot, in: index)
  }

  /// tce_iommu_clear and tce_iommu_free_table.
  mutating func freeWindow(_ slot: Int, in index: Int) {
    guard let tce = containers[index]?.tce, let owner = tce.owner, var window = tce.windows[slot] else {
      return
    }
    let gone = window.take(window.range)
    if tce.isVersion2 { processes[owner].unuse(gone, page: window.page) }
    discharge(window.charged, from: owner)
    containers[index]?.tce?.windows[slot] = nil
  }

  // MARK: Platform

  /// create_table of the platform.
  private mutating func make(
    _ table: ModelTCETable,
    of pe: ModelPE,
    group: Int,
    slot: Int
  ) throws(ModelRefusal) -> UInt64 {
    guard pe.platform == .pseries else {
      // pci-ioda.c: pnv_pci_ioda2_create_table.
      try table.allocateOnPowernv()
      return slot == 0 ? UInt64(pe.windowStart) : ModelKernel.dynamicStart
    }
    return try makeOnPseries(table, of: pe, group: group, slot: slot)
  }

  /// pseries/iommu.c: spapr_tce_create_table.
  private mutating func makeOnPseries(
    _ table: ModelTCETable,
    of pe: ModelPE,
    group: Int,
    slot: Int
  ) throws(ModelRefusal) -> UInt64 {
    let function = "pseries/iommu.c: spapr_tce_create_table"
    try table.checkOnPseries()
    let state = groups[group].pe
    guard !state.isPoisoned else {
      throw ModelRefusal(.enodev, "\(function), a window could not be made before")
    }
    let isDefault = ModelKernel.isDefault(table.window.size, table.window.pageShift, of: pe)
    if slot == 0, !isDefault || !state.hasDefault {
      guard !state.hasDynamic else {
        throw ModelRefusal(.eperm, "\(function), window 0 beside a 64-bit window")
      }
      if isDefault {
        groups[group].pe.hasDefault = true
        return UInt64(pe.windowStart)
      }
    }
    guard pe.offersDDW else {
      groups[group].pe.isPoisoned = true
      throw ModelRefusal(.einval, "\(function), ibm,ddw-applicable")
    }
    guard pe.largestWindow >= table.window.size >> UInt64(table.window.pageShift) else {
      throw ModelRefusal(.einval, "\(function), largest_available_block")
    }
    // What the firmware of QEMU and of PowerVM refuses: a second dynamic window, or (reasoned) a second one of a PE with one.
    guard !state.hasDynamic, !(state.hasDefault && pe.windows == 1) else {
      groups[group].pe.isPoisoned = true
      throw ModelRefusal(.enodev, "\(function), create_ddw")
    }
    groups[group].pe.hasDynamic = true
    return ModelKernel.dynamicStart
  }

  /// pseries/iommu.c: is_default_window_request and is_default_window_table.
  private static func isDefault(_ size: UInt64, _ pageShift: UInt32, of pe: ModelPE) -> Bool {
    size <= UInt64(pe.windowSize) && pageShift == defaultShift
  }

  /// set_window: pseries/iommu.c: spapr_tce_set_window; pci-ioda.c: pnv_pci_ioda2_set_window refuses nothing.
  mutating func set(_ window: ModelTCEWindow, _ slot: Int, of group: Int) throws(ModelRefusal) {
    guard host.groups[group].pe?.platform == .pseries else {
      groups[group].pe.tables[slot] = window.table
      return
    }
    guard groups[group].pe.tables[slot] == window.table else {
      throw ModelRefusal(.eperm, "pseries/iommu.c: spapr_tce_set_window, the table of another group")
    }
  }

  /// unset_window: pseries/iommu.c: spapr_tce_unset_window.
  mutating func unset(_ window: ModelTCEWindow, _ slot: Int, of group: Int) {
    guard groups[group].pe.tables[slot] != nil, let pe = host.groups[group].pe else { return }
    groups[group].pe.tables[slot] = nil
    guard pe.platform == .pseries else { return }
    if slot == 0, ModelKernel.isDefault(window.size, window.pageShift, of: pe) {
      groups[group].pe.hasDefault = false
    } else {
      groups[group].pe.hasDynamic = false
    }
  }
}
