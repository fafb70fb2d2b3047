public import VFIOTypes

/// What a container does on POWER, beside what every container does.
///
/// The order is the kernel's: attach all groups, set the model, then v1 enables, or v2 registers memory, removes the default window or
/// not, and makes others. `map` and `unmap` of the container, or of a `DMAWindow`, carry out what a guest writes into its TCE table: a
/// map takes the place of what was mapped there, and unmapping nothing is no mistake.
///
/// Back again: maps, windows, then registered memory. Closing everything does it too, but for what `WindowFault` tells of.
///
/// Source: Linux 6.12 drivers/vfio/vfio_iommu_spapr_tce.c, called `tce` below.
extension Container {
  /// Sets v2 where the host has it and v1 where it has not, which only trying tells: `offers` says yes to both.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: the model that was set.
  /// - Throws: as `setIOMMU` of v1: `EBUSY` with several groups, `ENODEV` where the module `vfio_iommu_spapr_tce` is not loaded.
  public mutating func setSPAPR(in kernel: inout some Kernel & ~Copyable) throws(KernelError) -> IOMMUModel {
    do throws(KernelError) {
      try setIOMMU(.spaprTCEv2, in: &kernel)
      return .spaprTCEv2
    } catch  where error.errno == .einval {
      // tce: tce_iommu_attach_group refuses a PE without dynamic windows so.
      try setIOMMU(.spaprTCE, in: &kernel)
      return .spaprTCE
    }
  }

  /// Reads which windows there are and may be; once, since the kernel never tells of the windows that were made.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: the default window, and for v2 what others may be.
  /// - Throws: `window` where no sPAPR model is set, `ENXIO` without a group (tce: tce_iommu_ioctl).
  public mutating func tceInformation(
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> SPAPRTCEInfo {
    try onSPAPR(.iommuSPAPRTCEGetInfo, in: &kernel) { space, _, _ throws(KernelError) in space.info }
  }

  /// Enables DMA of a v1 container, which charges the whole default window to the process, mapped or not.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: `lockedMemory` where the window and the table of the first map are more than the process may lock, `window` where it is
  ///   enabled; `EPERM` of a PE without a window (tce: tce_iommu_enable).
  public mutating func enable(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    try onSPAPR(.iommuEnable, in: &kernel) { space, container, kernel throws(KernelError) in
      try space.enable(on: container, in: &kernel)
    }
  }

  /// Disables DMA of a v1 container and gives back what was charged for the window; unmap first.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: any refusal of the kernel.
  public mutating func disable(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    try onSPAPR(.iommuDisable, in: &kernel) { space, container, kernel throws(KernelError) in
      try space.disable(on: container, in: &kernel)
    }
  }

  /// Registers memory with a v2 container, which pins it; devices reach none of it by that.
  ///
  /// - Parameters:
  ///   - memory: the memory.
  ///   - offset: where the part starts, in bytes; a multiple of the processor's page size.
  ///   - size: bytes; a multiple of the processor's page size.
  ///   - charge: who is charged for it.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` for what the checks find, `lockedMemory` where it is more than the process may lock; `EFAULT` for memory that
  ///   cannot be pinned, `returned` for memory with a hole (arch/powerpc/mm/book3s64/iommu_api.c: mm_iommu_do_alloc).
  public mutating func register(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    charge: RegistrationCharge = .first,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let range = try part(of: memory, offset, size, .iommuSPAPRRegisterMemory)
    let page = memory.pageSize
    try onSPAPR(.iommuSPAPRRegisterMemory, in: &kernel) { space, container, kernel throws(KernelError) in
      try space.register(range, pageSize: page, charge: charge, on: container, in: &kernel)
    }
  }

  /// Unregisters memory of a v2 container, of which nothing is mapped.
  ///
  /// - Parameters:
  ///   - memory: the memory.
  ///   - offset: where the part starts, as it was registered.
  ///   - size: bytes, as they were registered.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` where exactly that was not registered, or a page of it is mapped.
  public mutating func unregister(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let range = try part(of: memory, offset, size, .iommuSPAPRUnregisterMemory)
    try onSPAPR(.iommuSPAPRUnregisterMemory, in: &kernel) { space, container, kernel throws(KernelError) in
      try space.unregister(range, on: container, in: &kernel)
    }
  }

  /// The default window, which the kernel makes with the first map or window.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: the window; nil where the PE has none, or it was removed.
  /// - Throws: `window` where no sPAPR model is set.
  public mutating func defaultWindow(
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> DMAWindow? {
    try onSPAPR(.iommuSPAPRTCEGetInfo, in: &kernel) { space, _, _ throws(KernelError) -> DMAWindow? in
      guard let window = space.windows.first, window.range.start == UInt64(space.info.windowStart) else {
        return nil
      }
      return DMAWindow(window.range, pageSize: window.page)
    }
  }

  /// Makes a window of a v2 container with a table of as few levels as the host's kernel can make it with.
  ///
  /// Where it lies is the kernel's choice: the first of two at 0, the second at 1 << 59 on powernv.
  ///
  /// - Parameters:
  ///   - size: bytes, a power of two.
  ///   - pageSize: bytes of a page, one of those `tceInformation` offers.
  ///   - kernel: the kernel to ask.
  /// - Returns: the window.
  /// - Throws: as `createWindow` of a `TCEWindow`.
  public mutating func createWindow(
    size: UInt64,
    pageSize: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> DMAWindow {
    guard pageSize.nonzeroBitCount == 1 else {
      let offered = try tceInformation(in: &kernel).dynamicWindows?.pageSizes ?? PageSizes(mask: 0)
      throw KernelError(.iommuSPAPRTCECreate, .window(.pageSize(offered)), on: subject)
    }
    let most = max(1, try tceInformation(in: &kernel).dynamicWindows?.levels ?? 1)
    var window = TCEWindow(pageShift: UInt32(pageSize.trailingZeroBitCount), size: size)
    while spapr?.fault(ofCreating: window) == .table, window.levels < most { window.levels += 1 }
    return try createWindow(window, in: &kernel)
  }

  /// Makes a window of a v2 container.
  ///
  /// - Parameters:
  ///   - window: its page size, size and levels.
  ///   - kernel: the kernel to ask.
  /// - Returns: the window.
  /// - Throws: `window` for what the host cannot make, `lockedMemory` where its table is more than the process may lock; `EINVAL` where
  ///   the firmware of a partition offers less, `ENOMEM` without memory in one piece. A window that fails keeps its charge.
  public mutating func createWindow(
    _ window: TCEWindow,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> DMAWindow {
    try onSPAPR(.iommuSPAPRTCECreate, in: &kernel) { space, container, kernel throws(KernelError) in
      let range = try space.create(window, on: container, in: &kernel)
      return DMAWindow(range, pageSize: 1 << UInt64(window.pageShift))
    }
  }

  // MARK: EEH

  /// Carries out an operation on the PE of the container's group, of which there must be one.
  ///
  /// - Parameters:
  ///   - operation: what to do; to ask for the state there is `eehState`.
  ///   - kernel: the kernel to ask.
  /// - Throws: `ENODEV` where the host handles no errors, `EIO` for what its firmware refuses, `EINVAL` without a group (Linux 6.12
  ///   drivers/vfio/vfio_iommu_spapr_tce.c: vfio_spapr_ioctl_eeh).
  public func eeh(
    _ operation: EEHOperation,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      _ = try kernel.perform(.eehPEOp(operation), on: descriptor)
    } catch { throw error.on(subject) }
  }

  /// The state of the PE of the container's group.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Returns: the state.
  /// - Throws: as `eeh`.
  public func eehState(in kernel: inout some Kernel & ~Copyable) throws(KernelError) -> EEHState {
    do throws(KernelError) {
      guard case .eehState(let state) = try kernel.perform(.eehPEOp(.getState), on: descriptor) else {
        throw KernelError.strange(.eehPEOp)
      }
      return state
    } catch { throw error.on(subject) }
  }

  // MARK: The space

  /// A part of memory, or why it is none.
  private func part(
    of memory: borrowing Memory,
    _ offset: UInt64,
    _ size: UInt64,
    _ call: Call
  ) throws(KernelError) -> MemoryRange {
    do throws(KernelError) { return try memory.part(offset, size, call) } catch { throw error.on(subject) }
  }

  /// Reads what windows there are where that was not done, and goes on with them.
  mutating func onSPAPR<Result: ~Copyable, Asked: Kernel & ~Copyable>(
    _ call: Call,
    in kernel: inout Asked,
    _ body: (inout SPAPRSpace, borrowing Descriptor, inout Asked) throws(KernelError) -> Result
  ) throws(KernelError) -> Result {
    do throws(KernelError) {
      guard let model, model.isSPAPR else { throw KernelError(call, .window(.noModel)) }
      // Taken out, so that its tables are changed in place.
      var space: SPAPRSpace
      if let known = spapr {
        space = known
        spapr = nil
      } else {
        space = try SPAPRSpace.read(model, groups: self.space.groups, of: descriptor, in: &kernel)
      }
      do throws(KernelError) {
        let result = try body(&space, descriptor, &kernel)
        spapr = space
        return result
      } catch {
        spapr = space
        throw error
      }
    } catch { throw error.on(subject) }
  }
}
