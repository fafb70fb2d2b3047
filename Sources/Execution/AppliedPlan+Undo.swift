public import VFIOCore
import VFIOTypes

extension AppliedPlan {
  /// Gives everything back, the last first, whatever refuses on the way.
  ///
  /// - Parameter kernel: the kernel the plan was carried out on.
  /// - Returns: what was given back and what refused.
  @inlinable
  package consuming func end(in kernel: inout some Kernel & ~Copyable) -> UndoReport {
    var report = UndoReport()
    while let deed = deeds.popLast() {
      do throws(KernelError) {
        try undo(deed, in: &kernel)
        report.count(deed)
      } catch { report.failures.append(error) }
    }
    giveMemoryBack(in: &kernel, &report)
    return report
  }

  @inlinable
  mutating func undo(_ deed: Deed, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    switch deed {
    case .device(let device):
      guard let key = devices[Int(device)] else { return }
      devices[Int(device)] = nil
      do throws(KernelError) {
        try kernel.close(table.remove(key))
      } catch { throw error.on("\(program.devices.addresses[Int(device)])") }
    case .mapped, .ram, .enabled, .registered, .window, .eeh, .ioas, .attachedDevice, .iommufd:
      try undoRarer(deed, in: &kernel)
    case .attached(let group):
      guard let key = groups[Int(group)].key else { return }
      do throws(KernelError) {
        try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
          _ = try kernel.perform(.groupUnsetContainer, on: descriptor)
        }
      } catch { throw error.on(subject(ofGroup: group)) }
    case .group(let group):
      guard let key = groups[Int(group)].key else { return }
      groups[Int(group)].key = nil
      do throws(KernelError) {
        try kernel.close(table.remove(key))
      } catch { throw error.on(subject(ofGroup: group)) }
    case .container(let container):
      guard let key = containers[Int(container)].key else { return }
      containers[Int(container)].key = nil
      do throws(KernelError) {
        try kernel.close(table.remove(key))
      } catch { throw error.on(subject(ofContainer: container)) }
    }
  }

  /// Takes back what few plans have many of: apart, so that what all have is compiled for each kernel.
  @usableFromInline
  mutating func undoRarer(_ deed: Deed, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    switch deed {
    case .mapped(let container): try unmapProof(of: container, in: &kernel)
    case .ram(let mapping): try unmapRAM(mapping, in: &kernel)
    case .enabled(let container): try disable(container, in: &kernel)
    case .registered(let container): try unregisterLast(of: container, in: &kernel)
    case .window(let container): try removeLastWindow(of: container, in: &kernel)
    case .eeh(let container): try disableEEH(of: container, in: &kernel)
    case .ioas(let container): try destroyIOAS(container, in: &kernel)
    case .attachedDevice(let device): try detach(device, in: &kernel)
    case .iommufd(let iommufd):
      guard let key = iommufds[Int(iommufd)] else { return }
      iommufds[Int(iommufd)] = nil
      do throws(KernelError) {
        try kernel.close(table.remove(key))
      } catch { throw error.on("iommufd '\(program.iommufds[Int(iommufd)])'") }
    case .container, .group, .attached, .device: try undo(deed, in: &kernel)
    }
  }

  @usableFromInline
  mutating func giveMemoryBack(in kernel: inout some Kernel & ~Copyable, _ report: inout UndoReport) {
    while let memory = memories.removeLast() {
      do throws(KernelError) {
        try kernel.release(memory)
      } catch { report.failures.append(error.on("memory")) }
    }
  }
}
