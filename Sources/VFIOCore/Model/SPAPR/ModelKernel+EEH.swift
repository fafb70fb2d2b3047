import VFIOTypes

/// Errors of devices: vfio_iommu_spapr_tce.c: vfio_spapr_ioctl_eeh_pe_op, and arch/powerpc/kernel/eeh.c.
extension ModelKernel {
  private static let function = "vfio_iommu_spapr_tce.c: vfio_spapr_ioctl_eeh_pe_op"

  /// tce_iommu_ioctl: all groups of the container, up to the first that answers something.
  ///
  /// - Parameters:
  ///   - operation: what to do.
  ///   - asked: the structure.
  ///   - positions: the groups.
  /// - Returns: the reply.
  /// - Throws: what the kernel refuses.
  mutating func perform(
    _ operation: EEHOperation,
    _ asked: ModelTCERequest,
    onGroups positions: [Int]
  ) throws(ModelRefusal) -> Reply {
    for group in positions {
      guard host.eeh != .off else { throw ModelRefusal(.enodev, "\(ModelKernel.function), no PE") }
      try asked.check(12, "EEH_PE_OP")
      guard asked.operation == nil else {
        throw ModelRefusal(.einval, "\(ModelKernel.function), an operation there is none of")
      }
      if case .injectError = operation { try asked.check(40, "EEH_PE_OP, INJECT_ERR") }
      try perform(operation, onPE: group)
      if operation == .getState, groups[group].pe.errors != .normal {
        return .eehState(groups[group].pe.errors)
      }
    }
    return operation == .getState ? .eehState(.normal) : .done
  }

  private mutating func perform(_ operation: EEHOperation, onPE group: Int) throws(ModelRefusal) {
    switch operation {
    case .getState, .configure: break
    case .enable: groups[group].pe.handlesErrors = true
    case .disable: groups[group].pe.handlesErrors = false
    case .injectError(let error):
      guard error.function < 20 else {
        throw ModelRefusal(.einval, "arch/powerpc/kernel/eeh.c: eeh_pe_inject_err")
      }
      guard host.eeh == .working else {
        throw ModelRefusal(.eio, "powernv/eeh-powernv.c: pnv_eeh_err_inject, OPAL has none")
      }
      // Reasoned: what the first access after it finds.
      if groups[group].pe.handlesErrors { groups[group].pe.errors = .stopped }
    // The bridges of QEMU never freeze a PE, and tell of no reset.
    case .unfreezeIO, .unfreezeDMA, .resetHot, .resetFundamental, .resetDeactivate:
      guard host.eeh == .working else { return }
      groups[group].pe.errors = ModelKernel.state(groups[group].pe.errors, after: operation)
    }
  }

  /// arch/powerpc/kernel/eeh.c: eeh_pe_get_state, eeh_pe_set_option and eeh_pe_reset, as they are read.
  private static func state(_ state: EEHState, after operation: EEHOperation) -> EEHState {
    switch (operation, state) {
    case (.resetHot, _), (.resetFundamental, _): .reset
    case (.resetDeactivate, .reset): .normal
    case (.unfreezeIO, .stopped): .stoppedDMA
    case (.unfreezeDMA, .stoppedDMA): .normal
    default: state
    }
  }
}
