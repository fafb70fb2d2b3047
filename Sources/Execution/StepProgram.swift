package import Diagnostics
package import VFIOPlan
public import VFIOTypes

/// The steps of a plan with every name turned into a position, once, before anything is opened.
///
/// What cannot be carried out is found here: a step of a model that is not carried out yet, and a name no earlier step gave.
@usableFromInline
package struct StepProgram: Sendable {
  /// One step; numbers are positions in the tables below.
  @usableFromInline
  enum Operation: Sendable {
    case openContainer(Int32)
    case openGroup(Int32)
    case attachGroup(Int32, container: Int32)
    case attachGroupToAccepting(Int32)
    case setIOMMU(Int32, IOMMUModel)
    case readInformation(Int32, ranges: Int32)
    case openDevice(Int32)
    case proveMapping(Int32)
    case readDevice(Int32)
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
  }

  /// A device and the group it is opened from.
  @usableFromInline
  struct Device: Sendable {
    @usableFromInline var address: PCIAddress
    @usableFromInline var group: Int32
  }

  @usableFromInline var operations: [Operation] = []
  /// How many operations come before those of each guest.
  @usableFromInline var starts: [Int] = []
  @usableFromInline var containers: [String] = []
  @usableFromInline var groups: [PCIAddress] = []
  @usableFromInline var devices: [Device] = []
  /// The tokens of VFs that need one, by device.
  @usableFromInline var vfTokens: [Int32: String] = [:]
  var proofs: [Proof] = []
  @usableFromInline var accepting: [Accepting] = []
  @usableFromInline var ranges: [[IOVARange]] = []
  /// Bytes of the memory that proves mappings; 0 where nothing is proven.
  var memorySize: UInt64 = 0

  /// Turns a plan into positions.
  ///
  /// - Parameters:
  ///   - plan: the plan.
  ///   - findings: why it cannot be carried out, where it cannot.
  package init?(_ plan: Plan, _ findings: inout [Diagnostic]) {
    operations.reserveCapacity(plan.guests.reduce(0) { $0 + $1.steps.count })
    // A group or a device is open once on a host, whichever guest it is for; a container's name is its guest's.
    var groupNames = AddressTable(capacity: operations.capacity / 4)
    var deviceNames = AddressTable(capacity: operations.capacity / 4)
    var unresolved: [Diagnostic] = []
    var unsupported: [Diagnostic] = []
    for guest in plan.guests {
      starts.append(operations.count)
      var containerNames = NameTable()
      let steps = guest.steps.span
      for index in steps.indices {
        do throws(Unresolved) {
          operations.append(
            try operation(steps[index].step, &containerNames, &groupNames, &deviceNames)
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

  // Inlined where the step lies, since one that is handed over is copied with all the names in it.
  @inline(__always)
  private mutating func operation(
    _ step: Step,
    _ containerNames: inout NameTable,
    _ groupNames: inout AddressTable,
    _ deviceNames: inout AddressTable
  ) throws(Unresolved) -> Operation {
    switch step {
    case .openContainer(let name):
      let container = Int32(containers.count)
      guard containerNames.insert(name, container) else { throw .again("container '\(name)'") }
      containers.append(name)
      return .openContainer(container)
    case .openGroup(let address):
      guard groupNames.insert(address) else { throw .again("group of \(address)") }
      groups.append(address)
      return .openGroup(Int32(groups.count - 1))
    case .attachGroup(let group, let container):
      return .attachGroup(try groupNames.find(group), container: try containerNames.find(container))
    case .attachGroupToAccepting(let group, let names, let another):
      return try attach(group, names, another, &containerNames, &groupNames)
    case .setIOMMU(let container, let model):
      guard model == .type1 || model == .type1v2 else { throw .notSupported("set-iommu \(model.rawValue)") }
      return .setIOMMU(try containerNames.find(container), model)
    case .readInformation(let container, let accepting):
      ranges.append(accepting)
      return .readInformation(try containerNames.find(container), ranges: Int32(ranges.count - 1))
    case .openDevice(let address, let group, let token):
      guard deviceNames.insert(address) else { throw .again("device \(address)") }
      let device = Int32(devices.count)
      devices.append(Device(address: address, group: try groupNames.find(group)))
      if let token { vfTokens[device] = token }
      return .openDevice(device)
    case .proveMapping(let container, let address, let pageSize):
      memorySize = max(memorySize, pageSize)
      let container = try containerNames.find(container)
      proofs.append(Proof(container: container, address: address, pageSize: pageSize))
      return .proveMapping(Int32(proofs.count - 1))
    case .readDevice(let address): return .readDevice(try deviceNames.find(address))
    case .mapMemory: return .skip
    case .enable, .registerMemory, .removeDefaultWindow, .createWindow, .enableEEH, .openIOMMUFD,
      .allocateIOAS, .bindDevice, .attachDevice, .readRanges:
      throw .notSupported(step.kind.rawValue)
    }
  }

  private mutating func attach(
    _ group: PCIAddress,
    _ names: [String],
    _ another: String,
    _ containerNames: inout NameTable,
    _ groupNames: inout AddressTable
  ) throws(Unresolved) -> Operation {
    guard !names.isEmpty else { throw .unknown("a container") }
    var choices: [Int32] = []
    for name in names { choices.append(try containerNames.find(name)) }
    let own: Int32
    if let known = containerNames[another] {
      own = known
    } else {
      own = Int32(containers.count)
      _ = containerNames.insert(another, own)
      containers.append(another)
    }
    accepting.append(Accepting(group: try groupNames.find(group), containers: choices, another: own))
    return .attachGroupToAccepting(Int32(accepting.count - 1))
  }
}

extension Step {
  /// Whether a plan that is proven has it carried out: guest RAM is mapped for a guest alone, by the level `hold`.
  package var isForProof: Bool { if case .mapMemory = self { false } else { true } }
}

/// Why a step cannot be turned into positions.
enum Unresolved: Error {
  case notSupported(String)
  case unknown(String)
  case again(String)

  func finding(_ step: PlannedStep, in plan: Plan) -> Diagnostic {
    let (rule, message, help) =
      switch self {
      case .notSupported(let name):
        (
          rule: "step-not-supported",
          message: "the step '\(name)' cannot be carried out yet",
          help: [
            "bind the drivers alone with the level 'bind', for a hypervisor that carries out such steps itself"
          ]
        )
      case .unknown(let what):
        (
          rule: "step-unresolved",
          message: "the step '\(step.step.kind.rawValue)' names \(what), which no step before it opens",
          help: []
        )
      case .again(let what):
        (
          rule: "step-unresolved",
          message: "the step '\(step.step.kind.rawValue)' opens \(what) again",
          help: []
        )
      }
    return Diagnostic(
      rule: rule,
      severity: .error,
      message: message,
      range: nil,
      place: step.origin.place(in: plan),
      why: "a plan is carried out whole or not at all, so nothing was opened",
      help: help
    )
  }
}
