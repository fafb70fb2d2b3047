package import VFIOCore
import VFIOTypes

/// A plan that was carried out: the one owner of every container, group, device and page it took.
///
/// It ends by `end`, which gives everything back in reverse.
package struct AppliedPlan: ~Copyable, Sendable {
  /// A container with what is known of it.
  struct Container: Sendable {
    var key: DescriptorTable.Key?
    var space = BusAddressSpace()
    /// What it must accept, once it was read.
    var accepting: [IOVARange] = []
    /// Where a page is mapped and unmapped, again for a container that is opened in its stead.
    var proofs: [(address: UInt64, size: UInt64)] = []
  }

  /// A group with what was found when it was opened.
  struct Group: Sendable {
    var key: DescriptorTable.Key?
    var id: IOMMUGroupID?
    var isViable = true
  }

  /// What was done and is to be undone; numbers are positions in the tables.
  enum Deed: Sendable {
    case container(Int32)
    case group(Int32)
    case attached(Int32)
    case mapped(Int32, IOVARange)
    case device(Int32)
  }

  let program: StepProgram
  var table = DescriptorTable()
  var containers: [Container]
  var groups: [Group]
  var devices: [DescriptorTable.Key?]
  var memory: Memory?
  var deeds: [Deed] = []

  init(_ program: StepProgram) {
    self.program = program
    self.containers = Array(repeating: Container(), count: program.containers.count)
    self.groups = Array(repeating: Group(), count: program.groups.count)
    self.devices = Array(repeating: nil, count: program.devices.count)
    table.reserveCapacity(containers.count + groups.count + devices.count)
    deeds.reserveCapacity(containers.count + 2 * groups.count + devices.count)
  }

  /// What a container offers; nil where the plan has none of the name, or nothing was read.
  package func information(ofContainer name: String) -> IOMMUInformation? {
    program.containers.firstIndex(of: name).flatMap { containers[$0].space.information }
  }

  /// Gives everything back, the last first, whatever refuses on the way.
  ///
  /// - Parameter kernel: the kernel the plan was carried out on.
  /// - Returns: what was given back and what refused.
  package consuming func end(in kernel: inout some Kernel & ~Copyable) -> UndoReport {
    var report = UndoReport()
    while let deed = deeds.popLast() {
      do throws(KernelError) {
        try undo(deed, in: &kernel)
        report.count(deed)
      } catch { report.failures.append(error) }
    }
    if let memory = memory.take() {
      do throws(KernelError) {
        try kernel.release(memory)
      } catch { report.failures.append(error.on("memory")) }
    }
    return report
  }

  private mutating func undo(_ deed: Deed, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    switch deed {
    case .device(let device):
      guard let key = devices[Int(device)] else { return }
      devices[Int(device)] = nil
      do throws(KernelError) {
        try kernel.close(table.remove(key))
      } catch { throw error.on("\(program.devices[Int(device)].address)") }
    case .mapped(let container, let range):
      // An unmap that was refused left it; one that was answered strangely did not.
      guard let key = containers[Int(container)].key,
        containers[Int(container)].space.mappings.contains(range)
      else { return }
      do throws(KernelError) {
        try table.withDescriptor(for: key) { (descriptor) throws(KernelError) in
          let size = range.last &- range.start &+ 1
          try containers[Int(container)].space.unmap(
            iova: range.start,
            size: size,
            on: descriptor,
            in: &kernel
          )
        }
      } catch { throw error.on("container '\(program.containers[Int(container)])'") }
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
      } catch { throw error.on("container '\(program.containers[Int(container)])'") }
    }
  }

  /// What errors call a group: its number, and a device of it, since the number says nothing to a reader of the file.
  func subject(ofGroup group: Int32) -> String {
    let number = groups[Int(group)].id.map { " \($0)" } ?? ""
    return "group\(number) of \(program.groups[Int(group)])"
  }
}
