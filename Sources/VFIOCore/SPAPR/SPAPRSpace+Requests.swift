package import VFIOTypes

/// The requests of a container with sPAPR TCE, each after every check.
extension SPAPRSpace {
  /// Reads what windows there are, and the pages of the process.
  package static func read(
    _ model: IOMMUModel,
    groups: Int,
    of container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> SPAPRSpace {
    let info = try kernel.tceInformation(of: container)
    let page = try kernel.processMemory().pageSize
    return SPAPRSpace(model: model, info: info, hostPage: page, groups: groups)
  }

  private static func check(
    _ bytes: UInt64,
    _ call: Call,
    _ kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard bytes > 0, let fault = try kernel.processMemory().fault(ofLocking: bytes) else { return }
    throw KernelError(call, .lockedMemory(fault))
  }

  /// Enables a container of v1, with room for the table that its first map charges.
  package mutating func enable(
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard model == .spaprTCE, info.windowSize > 0 else {
      throw KernelError(.iommuEnable, .window(.notOffered))
    }
    guard !isEnabled else { throw KernelError(.iommuEnable, .window(.enabled)) }
    try SPAPRSpace.check(enablingCharge, .iommuEnable, &kernel)
    _ = try kernel.perform(.iommuEnable, on: container)
    enabled()
  }

  /// Disables a container of v1; its maps stay, and are out of reach until it is enabled again.
  package mutating func disable(
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    _ = try kernel.perform(.iommuDisable, on: container)
    disabled()
  }

  /// Registers memory.
  package mutating func register(
    _ range: MemoryRange,
    pageSize: UInt64,
    charge: RegistrationCharge,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let call = Call.iommuSPAPRRegisterMemory
    guard model == .spaprTCEv2 else { throw KernelError(call, .window(.notOffered)) }
    if let fault = fault(ofRegistering: range) { throw KernelError(call, .range(fault)) }
    if charge == .first { try SPAPRSpace.check(range.size, call, &kernel) }
    _ = try kernel.perform(.iommuSPAPRRegisterMemory(range), on: container)
    registered(range, pageSize: pageSize)
  }

  /// Unregisters memory of which nothing is mapped.
  package mutating func unregister(
    _ range: MemoryRange,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let call = Call.iommuSPAPRUnregisterMemory
    if let fault = fault(ofUnregistering: range) { throw KernelError(call, .range(fault)) }
    _ = try kernel.perform(.iommuSPAPRUnregisterMemory(range), on: container)
    unregistered(range)
  }

  /// Makes a window.
  ///
  /// - Returns: its bus addresses, which the kernel chooses.
  package mutating func create(
    _ window: TCEWindow,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> IOVARange {
    let call = Call.iommuSPAPRTCECreate
    if let fault = fault(ofCreating: window) { throw KernelError(call, .window(fault)) }
    try SPAPRSpace.check(creatingCharge(of: window), call, &kernel)
    let reply: Reply
    do throws(KernelError) {
      reply = try kernel.perform(.iommuSPAPRTCECreate(window), on: container)
    } catch {
      failedToCreate()
      throw error
    }
    guard case .window(let start) = reply else { throw KernelError.strange(call) }
    guard let range = IOVARange(iova: start, size: window.size),
      !windows.contains(where: { $0.range.overlaps(range) })
    else { throw KernelError(call, .malformed("a window at 0x\(Hexadecimal.text(start))")) }
    created(window, at: range)
    return range
  }

  /// Removes a window with all its maps; nothing is asked for one that went with the last group.
  package mutating func remove(
    windowAt start: UInt64,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let call = Call.iommuSPAPRTCERemove
    guard model == .spaprTCEv2 else { throw KernelError(call, .window(.notOffered)) }
    guard windows.contains(where: { $0.range.start == start }) else {
      throw KernelError(call, .window(.unknown(start)))
    }
    _ = try kernel.perform(.iommuSPAPRTCERemove(start: start), on: container)
    removed(start)
  }

  /// Maps memory in a window; what was mapped there before is so no more.
  package mutating func map(
    _ mapping: DMAMapping,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    if let fault = fault(of: mapping) { throw KernelError(.iommuMapDMA, .range(fault)) }
    if isPending(mapping.iova) {
      // A partition without DDW has lost its default window for good, and trying to make it poisons the PE: Linux 6.12 arch/powerpc/
      // platforms/pseries/iommu.c: spapr_tce_create_table. Of v1 the kernel does not say.
      guard model == .spaprTCE || dynamicWindows != nil else {
        throw KernelError(.iommuMapDMA, .window(.notOffered))
      }
      try SPAPRSpace.check(pendingCharge, .iommuMapDMA, &kernel)
    }
    _ = try kernel.perform(.iommuMapDMA(mapping), on: container)
    mapped(mapping)
  }

  /// Unmaps a range of a window, of which nothing need be mapped.
  package mutating func unmap(
    iova: UInt64,
    size: UInt64,
    on container: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    if let fault = fault(ofUnmapping: iova, size: size) { throw KernelError(.iommuUnmapDMA, .range(fault)) }
    guard model == .spaprTCEv2 || isEnabled else { throw KernelError(.iommuUnmapDMA, .range(.notEnabled)) }
    // Asked about a pending window the kernel would make it, and charge for it; asked before anything was registered it refuses.
    guard !isPending(iova), isEnabled, let range = IOVARange(iova: iova, size: size) else { return }
    _ = try kernel.perform(.iommuUnmapDMA(range), on: container)
    unmapped(iova, size: size)
  }
}

extension Kernel where Self: ~Copyable {
  /// What windows there are and may be.
  package mutating func tceInformation(
    of container: borrowing Descriptor
  ) throws(KernelError) -> SPAPRTCEInfo {
    guard case .spaprTCEInfo(let info) = try perform(.iommuSPAPRTCEGetInfo(capacity: 32), on: container)
    else {
      throw KernelError.strange(.iommuSPAPRTCEGetInfo)
    }
    return info
  }
}

/// Who is charged for memory that is registered.
public enum RegistrationCharge: Hashable, Sendable {
  /// The process, for the size of the range.
  case first
  /// Nobody: another container of the process has registered exactly the same range, and pages are charged once (Linux 6.12 arch/
  /// powerpc/mm/book3s64/iommu_api.c: mm_iommu_do_alloc).
  case shared
}
