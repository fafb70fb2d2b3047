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
    /// Windows and registered memory, once they were read; nil of other models.
    var spapr: SPAPRSpace?
    /// Whether version 1 of sPAPR stands in for version 2, which the host refused.
    var isReplaced = false
    /// Memories that are registered, in order.
    var registered: [Int32] = []
    /// Where windows start that were made, in order.
    var windowsMade: [UInt64] = []
    /// Windows that version 1 cannot have.
    var windowsLost: [IOVARange] = []
    /// The IOAS it is; nil of containers.
    var ioas: IOASState?
    /// What it must accept, once it was read.
    var accepting: [IOVARange] = []
    /// Where a page is mapped and unmapped, again for a container that is opened in its stead.
    var proofs: [StepProgram.Proof] = []
    /// The page that a proof has mapped.
    var proven: IOVARange?
  }

  /// A group with what was found when it was opened.
  @usableFromInline
  struct Group: Sendable {
    @usableFromInline var key: DescriptorTable.Key?
    @usableFromInline var id: IOMMUGroupID?
    @usableFromInline var isViable = true
    /// The container that took it, where it had a choice.
    var chosen: Int32?
  }

  /// What was done and is to be undone; numbers are positions in the tables.
  @usableFromInline
  enum Deed: Sendable {
    case container(Int32)
    case group(Int32)
    case attached(Int32)
    /// What a proof has mapped in a container.
    case mapped(Int32)
    /// Guest RAM.
    case ram(Int32)
    case device(Int32)
    case enabled(Int32)
    /// The memory that was registered last in a container.
    case registered(Int32)
    /// The window that was made last in a container.
    case window(Int32)
    case eeh(Int32)
    case iommufd(Int32)
    case ioas(Int32)
    case attachedDevice(Int32)
  }

  @usableFromInline let program: StepProgram
  @usableFromInline var table = DescriptorTable()
  @usableFromInline var containers: [Container]
  @usableFromInline var groups: [Group]
  @usableFromInline var devices: [DescriptorTable.Key?]
  var iommufds: [DescriptorTable.Key?]
  @usableFromInline var memories: MemoryTable
  @usableFromInline var deeds: [Deed] = []

  @usableFromInline
  init(_ program: StepProgram) {
    self.program = program
    self.containers = Array(repeating: Container(), count: program.containers.count)
    self.groups = Array(repeating: Group(), count: program.groups.addresses.count)
    self.devices = Array(repeating: nil, count: program.devices.addresses.count)
    self.iommufds = Array(repeating: nil, count: program.iommufds.count)
    self.memories = MemoryTable(count: program.memories.count)
    table.reserveCapacity(containers.count + groups.count + devices.count)
    deeds.reserveCapacity(containers.count + 2 * groups.count + devices.count)
  }

  /// What a container offers; nil where the plan has none of the name, or nothing was read.
  package func information(ofContainer name: String) -> IOMMUInformation? {
    program.containers.firstIndex(of: name).flatMap { containers[$0].space.information }
  }

  /// What errors call a group: its number, and a device of it, since the number says nothing to a reader of the file.
  @usableFromInline
  func subject(ofGroup group: Int32) -> String {
    let number = groups[Int(group)].id.map { " \($0)" } ?? ""
    return "group\(number) of \(program.groups.addresses[Int(group)])"
  }

  /// What errors call a container.
  @usableFromInline
  func subject(ofContainer container: Int32) -> String { "container '\(program.containers[Int(container)])'" }
}
