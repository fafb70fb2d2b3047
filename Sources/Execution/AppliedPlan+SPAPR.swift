import VFIOCore
import VFIOPlan
import VFIOTypes

/// Windows, registered memory and error handling of POWER hosts.
extension AppliedPlan {
  /// Reads what windows there are; the bus addresses they accept are those of the default one where it is.
  mutating func readWindows(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) -> [IOVARange] {
    let space = containers[Int(container)].space
    guard let model = space.model else { throw .notOpen(subject(ofContainer: container)) }
    let spapr = try withContainer(container) { (descriptor) throws(KernelError) in
      try SPAPRSpace.read(model, groups: space.groups, of: descriptor, in: &kernel)
    }
    containers[Int(container)].spapr = spapr
    return spapr.windows.map(\.range)
  }

  /// Whether a page lies in a window that this container cannot have: one it would have made, had the host not refused version 2.
  func isOfLostWindow(_ range: IOVARange, _ container: Int32) -> Bool {
    containers[Int(container)].windowsLost.contains { $0.contains(range) }
  }

  mutating func enable(_ container: Int32, in kernel: inout some Kernel & ~Copyable) throws(StepFailure) {
    try withSPAPR(container) { (space, descriptor) throws(KernelError) in
      try space.enable(on: descriptor, in: &kernel)
    }
    deeds.append(.enabled(container))
  }

  mutating func disable(_ container: Int32, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    try onSPAPR(container) { (space, descriptor) throws(KernelError) in
      try space.disable(on: descriptor, in: &kernel)
    }
  }

  /// Registers memory; version 1 that stands in for version 2 has none registered, and is enabled instead.
  mutating func register(
    _ memory: Int32,
    in container: Int32,
    _ kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard !containers[Int(container)].isReplaced else {
      if containers[Int(container)].spapr?.isEnabled == false { try enable(container, in: &kernel) }
      return
    }
    _ = try self.memory(memory, in: &kernel)
    guard let range = memories.range(of: memory), let pageSize = memories.pageSize(of: memory) else { return }
    let isShared = containers.contains { $0.registered.contains(memory) }
    try withSPAPR(container) { (space, descriptor) throws(KernelError) in
      try space.register(
        range,
        pageSize: pageSize,
        charge: isShared ? .shared : .first,
        on: descriptor,
        in: &kernel
      )
    }
    containers[Int(container)].registered.append(memory)
    deeds.append(.registered(container))
  }

  mutating func unregisterLast(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard let memory = containers[Int(container)].registered.popLast(), let range = memories.range(of: memory)
    else { return }
    try onSPAPR(container) { (space, descriptor) throws(KernelError) in
      try space.unregister(range, on: descriptor, in: &kernel)
    }
  }

  /// Cancels the default window, which is only pending; version 1 has no other.
  mutating func removeDefaultWindow(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    guard !containers[Int(container)].isReplaced else { return }
    try withSPAPR(container) { (space, descriptor) throws(KernelError) in
      guard let start = space.windows.first?.range.start else { return }
      try space.remove(windowAt: start, on: descriptor, in: &kernel)
    }
  }

  /// Makes a window where the plan has it.
  ///
  /// Version 1 that stands in for version 2 has the host's own window alone: the default window must lie in it, and a guest does
  /// without the other.
  mutating func create(
    _ planned: StepProgram.Window,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let (container, window) = (planned.container, planned.window)
    guard let wanted = window.range else { throw .notOpen("a window at 0x\(Hexadecimal.text(window.start))") }
    guard !containers[Int(container)].isReplaced else {
      let offered = containers[Int(container)].spapr?.windows.map(\.range) ?? []
      switch window.kind {
      case .dynamic: containers[Int(container)].windowsLost.append(wanted)
      case .default:
        guard offered.contains(where: { $0.contains(wanted) }) else {
          throw .ranges(container: program.containers[Int(container)], missing: wanted, offered: offered)
        }
      }
      return
    }
    let request = TCEWindow(
      pageShift: UInt32(window.pageSize.trailingZeroBitCount),
      size: window.size,
      levels: UInt32(window.levels)
    )
    let made = try withSPAPR(container) { (space, descriptor) throws(KernelError) in
      try space.create(request, on: descriptor, in: &kernel)
    }
    containers[Int(container)].windowsMade.append(made.start)
    deeds.append(.window(container))
    guard made == wanted else {
      throw .window(container: program.containers[Int(container)], planned: wanted, made: made)
    }
  }

  mutating func removeLastWindow(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    guard let start = containers[Int(container)].windowsMade.popLast() else { return }
    try onSPAPR(container) { (space, descriptor) throws(KernelError) in
      try space.remove(windowAt: start, on: descriptor, in: &kernel)
    }
  }

  /// Enables the handling of errors where the host has it: a partition of QEMU has none, and a guest does without, as one of QEMU's
  /// does.
  mutating func enableEEH(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(StepFailure) {
    let isEnabled = try withContainer(container) { (descriptor) throws(KernelError) in
      guard try kernel.offers(.eeh, in: descriptor) else { return false }
      _ = try kernel.perform(.eehPEOp(.enable), on: descriptor)
      return true
    }
    if isEnabled { deeds.append(.eeh(container)) }
  }

  mutating func disableEEH(
    of container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try onSPAPR(container) { (_, descriptor) throws(KernelError) in
      _ = try kernel.perform(.eehPEOp(.disable), on: descriptor)
    }
  }

  private mutating func withSPAPR<Result>(
    _ container: Int32,
    _ body: (inout SPAPRSpace, borrowing Descriptor) throws(KernelError) -> Result
  ) throws(StepFailure) -> Result {
    let result: Result?
    do throws(KernelError) { result = try onSPAPR(container, body) } catch { throw .kernel(error) }
    guard let result else { throw .notOpen("\(subject(ofContainer: container)) with its windows") }
    return result
  }

  /// Nil where there is no such container.
  @discardableResult
  private mutating func onSPAPR<Result>(
    _ container: Int32,
    _ body: (inout SPAPRSpace, borrowing Descriptor) throws(KernelError) -> Result
  ) throws(KernelError) -> Result? {
    guard let key = containers[Int(container)].key, var space = containers[Int(container)].spapr.take() else {
      return nil
    }
    do throws(KernelError) {
      let result = try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
        try body(&space, descriptor)
      }
      containers[Int(container)].spapr = space
      return result
    } catch {
      containers[Int(container)].spapr = space
      throw error.on(subject(ofContainer: container))
    }
  }
}
