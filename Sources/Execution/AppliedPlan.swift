public import VFIOCore
public import VFIOTypes

/// A plan that was carried out: the one owner of every container, group, device and page it took.
///
/// It ends by `end`, which gives everything back in reverse.
@usableFromInline
package struct AppliedPlan: ~Copyable, Sendable {
  /// A container with what is known of it.
  @usableFromInline
  struct Container: Sendable {
    @usableFromInline var key: DescriptorTable.Key?
    @usableFromInline var space = BusAddressSpace()
    /// What it must accept, once it was read.
    @usableFromInline var accepting: [IOVARange] = []
    /// Where a page is mapped and unmapped, again for a container that is opened in its stead.
    var proofs: [(address: UInt64, size: UInt64)] = []
  }

  /// A group with what was found when it was opened.
  @usableFromInline
  struct Group: Sendable {
    @usableFromInline var key: DescriptorTable.Key?
    @usableFromInline var id: IOMMUGroupID?
    @usableFromInline var isViable = true
  }

  /// What was done and is to be undone; numbers are positions in the tables.
  @usableFromInline
  enum Deed: Sendable {
    case container(Int32)
    case group(Int32)
    case attached(Int32)
    /// What a proof has mapped in a container.
    case mapped(Int32)
    case device(Int32)
  }

  @usableFromInline let program: StepProgram
  @usableFromInline var table = DescriptorTable()
  @usableFromInline var containers: [Container]
  @usableFromInline var groups: [Group]
  @usableFromInline var devices: [DescriptorTable.Key?]
  @usableFromInline var memory: Memory?
  @usableFromInline var deeds: [Deed] = []

  @usableFromInline
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
  @inlinable
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

  @inlinable
  mutating func undo(_ deed: Deed, in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    switch deed {
    case .device(let device):
      guard let key = devices[Int(device)] else { return }
      devices[Int(device)] = nil
      do throws(KernelError) {
        try kernel.close(table.remove(key))
      } catch { throw error.on("\(program.devices[Int(device)].address)") }
    case .mapped(let container): try unmap(from: container, in: &kernel)
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

  /// Takes back what a proof left mapped.
  @usableFromInline
  mutating func unmap(
    from container: Int32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    // An unmap that was refused left it; one that was answered strangely did not.
    guard let key = containers[Int(container)].key,
      let range = containers[Int(container)].space.mappings.last
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
  }

  /// What errors call a group: its number, and a device of it, since the number says nothing to a reader of the file.
  @usableFromInline
  func subject(ofGroup group: Int32) -> String {
    let number = groups[Int(group)].id.map { " \($0)" } ?? ""
    return "group\(number) of \(program.groups[Int(group)])"
  }
}
