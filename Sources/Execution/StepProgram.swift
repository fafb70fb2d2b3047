package import Diagnostics
import VFIOCore
package import VFIOPlan
public import VFIOTypes

/// The steps of a plan with every name turned into a position, once, before anything is opened.
///
/// What cannot be carried out is found here: a model that is never for a guest, and a name no earlier step gave.
@usableFromInline
package struct StepProgram: Sendable {
  /// One step; numbers are positions in the tables below, one a step, since a plan has many.
  @usableFromInline
  enum Operation: Sendable {
    case openContainer(Int32)
    case openGroup(Int32)
    case attachGroup(Int32)
    case attachGroupToAccepting(Int32)
    case setIOMMU(Int32, IOMMUModel)
    case readInformation(Int32)
    case openDevice(Int32)
    case proveMapping(Int32)
    case mapMemory(Int32)
    case readDevice(Int32)
    // sPAPR.
    case enable(Int32)
    case registerMemory(Int32)
    case removeDefaultWindow(Int32)
    case createWindow(Int32)
    case enableEEH(Int32)
    // iommufd.
    case openIOMMUFD(Int32)
    case allocateIOAS(Int32)
    case bindDevice(Int32)
    case attachDevice(Int32)
    /// Not part of this level.
    case skip
  }

  /// A map-all group's choice of containers.
  @usableFromInline
  struct Accepting: Sendable {
    var group: Int32
    var containers: [Int32]
    var another: Int32
  }

  /// A page that is mapped and unmapped.
  struct Proof: Sendable {
    var container: Int32
    var address: UInt64
    var pageSize: UInt64
    var memory: Int32
  }

  /// Guest RAM at its guest physical addresses.
  struct Mapping: Sendable {
    var container: Int32
    var range: IOVARange
    var memory: Int32
  }

  /// A window that is made.
  struct Window: Sendable {
    var container: Int32
    var window: PlannedWindow
  }

  /// Memory that is taken when a step first needs it.
  struct MemoryNeed: Sendable {
    var size: UInt64
    var pages: MemoryPages
    /// Which range of whose RAM it is; nil of memory for proofs.
    var ram: RAMName?
  }

  /// A range of a guest's RAM.
  struct RAMName: Sendable {
    /// The guest's position in the plan.
    var guest: Int
    var name: String
  }

  /// A group and its container, a container and memory or an iommufd, a device and an iommufd or a container.
  @usableFromInline
  struct Pair: Sendable {
    @usableFromInline var first: Int32
    @usableFromInline var second: Int32
  }

  /// What a container must accept.
  @usableFromInline
  struct Requirement: Sendable {
    @usableFromInline var container: Int32
    @usableFromInline var ranges: [IOVARange]
  }

  @usableFromInline var operations: [Operation] = []
  /// How many operations come before those of each guest.
  @usableFromInline var starts: [Int] = []
  @usableFromInline var containers: [String] = []
  /// Groups by their names, and devices.
  ///
  /// Either is open once on a host, whichever guest it is for; a container's name is its guest's.
  @usableFromInline var groups = AddressTable()
  @usableFromInline var devices = AddressTable()
  /// The group each device is opened from; -1 where it is opened by its own node.
  @usableFromInline var deviceGroups: [Int32] = []
  @usableFromInline var pairs: [Pair] = []
  /// The tokens of VFs that need one, by device.
  @usableFromInline var vfTokens: [Int32: String] = [:]
  var iommufds: [String] = []
  var windows: [Window] = []
  var proofs: [Proof] = []
  var mappings: [Mapping] = []
  var memories: [MemoryNeed] = []
  @usableFromInline var accepting: [Accepting] = []
  @usableFromInline var requirements: [Requirement] = []

  /// Turns a plan into positions.
  ///
  /// - Parameters:
  ///   - plan: the plan.
  ///   - level: how far it is to be carried out.
  ///   - findings: why it cannot be carried out, where it cannot.
  package init?(_ plan: Plan, level: Level = .prove, _ findings: inout [Diagnostic]) {
    operations.reserveCapacity(plan.guests.reduce(0) { $0 + $1.steps.count })
    groups.reserveCapacity(operations.capacity / 4)
    devices.reserveCapacity(operations.capacity / 4)
    var unresolved: [Diagnostic] = []
    var unsupported: [Diagnostic] = []
    for guest in plan.guests {
      starts.append(operations.count)
      var names = GuestNames(guest.memory, level, guest: starts.count - 1)
      let steps = guest.steps.span
      for index in steps.indices {
        do throws(Unresolved) {
          operations.append(
            try operation(steps[index].step, &names)
          )
        } catch {
          let finding = error.finding(steps[index], in: plan)
          switch error {
          // Once for each kind of step: its first says it all.
          case .notSupported:
            if !unsupported.contains(where: { $0.message == finding.message }) { unsupported.append(finding) }
          case .unknown, .again: unresolved.append(finding)
          }
          operations.append(.skip)
        }
      }
    }
    // Names that a step not carried out would have given are no fault of their own.
    findings += unsupported.isEmpty ? unresolved : unsupported
    guard unsupported.isEmpty, unresolved.isEmpty else { return nil }
  }
}
