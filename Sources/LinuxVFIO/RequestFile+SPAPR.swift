import CLinux
import VFIOCore
import VFIOTypes

/// Containers with sPAPR TCE: papr windows, registered memory, EEH.
extension RequestFile {
  func spaprTCEInfo(_ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    var info = vfio_iommu_spapr_tce_info()
    info.argsz = min(size(of: vfio_iommu_spapr_tce_info.self), capacity)
    try success(structure(vfioplan_iommu_spapr_tce_get_info, &info))
    let hasWindows = info.flags & UInt32(VFIO_IOMMU_SPAPR_INFO_DDW) != 0 && capacity >= 32
    return .spaprTCEInfo(
      SPAPRTCEInfo(
        windowStart: info.dma32_window_start,
        windowSize: info.dma32_window_size,
        dynamicWindows: hasWindows
          ? SPAPRTCEInfo.DynamicWindows(
            pageSizes: PageSizes(mask: info.ddw.pgsizes),
            count: info.ddw.max_dynamic_windows_supported,
            levels: info.ddw.levels
          ) : nil
      )
    )
  }

  /// Registers or unregisters.
  func memory(_ request: UInt, _ range: MemoryRange) throws(KernelError.Cause) -> Reply {
    var memory = vfio_iommu_spapr_register_memory(
      argsz: size(of: vfio_iommu_spapr_register_memory.self),
      flags: flags(),
      vaddr: range.address,
      size: range.size
    )
    return try done(structure(request, &memory))
  }

  func createWindow(_ window: TCEWindow) throws(KernelError.Cause) -> Reply {
    var create = vfio_iommu_spapr_tce_create()
    create.argsz = size(of: vfio_iommu_spapr_tce_create.self)
    create.flags = flags()
    create.page_shift = window.pageShift
    create.window_size = window.size
    create.levels = window.levels
    try success(structure(vfioplan_iommu_spapr_tce_create, &create))
    return .window(start: create.start_addr)
  }

  func removeWindow(_ start: UInt64) throws(KernelError.Cause) -> Reply {
    var remove = vfio_iommu_spapr_tce_remove(
      argsz: size(of: vfio_iommu_spapr_tce_remove.self),
      flags: flags(),
      start_addr: start
    )
    return try done(structure(vfioplan_iommu_spapr_tce_remove, &remove))
  }

  func eeh(_ operation: EEHOperation) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_eeh_pe_op()
    request.argsz = size(of: vfioplan_eeh_pe_op.self)
    request.flags = flags()
    request.op = RequestFile.number(of: operation)
    if case .operation(let number) = malformation { request.op = number }
    if case .injectError(let error) = operation {
      request.type = error.kind.rawValue
      request.func = error.function
      request.addr = error.address
      request.mask = error.mask
    }
    let answer = try structure(vfioplan_eeh_pe_op_request, &request)
    guard operation == .getState else { return try done(answer) }
    guard let state = EEHState(rawValue: answer) else { throw .returned(answer) }
    return .eehState(state)
  }

  private static func number(of operation: EEHOperation) -> UInt32 {
    let number =
      switch operation {
      case .disable: VFIO_EEH_PE_DISABLE
      case .enable: VFIO_EEH_PE_ENABLE
      case .unfreezeIO: VFIO_EEH_PE_UNFREEZE_IO
      case .unfreezeDMA: VFIO_EEH_PE_UNFREEZE_DMA
      case .getState: VFIO_EEH_PE_GET_STATE
      case .resetDeactivate: VFIO_EEH_PE_RESET_DEACTIVATE
      case .resetHot: VFIO_EEH_PE_RESET_HOT
      case .resetFundamental: VFIO_EEH_PE_RESET_FUNDAMENTAL
      case .configure: VFIO_EEH_PE_CONFIGURE
      case .injectError: VFIO_EEH_PE_INJECT_ERR
      }
    return UInt32(number)
  }
}
