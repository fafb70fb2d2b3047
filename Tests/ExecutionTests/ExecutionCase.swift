import Diagnostics
import Execution
import GuestSchema
import HostInventory
import Planning
import Policy
import Resolution
import TestSupport
import Testing
import VFIOCore
import VFIOPlan
import VFIOTypes
import YAMLSyntax

/// A plan with the machine it is for.
struct ExecutionCase: CustomTestStringConvertible, Sendable {
  var name: String
  var plan: Plan
  var host: ModelHost

  var testDescription: String { name }

  /// The number of a group by its lowest member, as sysfs has it.
  var numbers: HostNumbers {
    HostNumbers(
      group: { address in host.groups.first { $0.devices.map(\.address).min() == address }?.id },
      deviceNode: { address in host.groups.lazy.flatMap(\.devices).first { $0.address == address }?.node }
    )
  }
}

extension ExecutionCase {
  /// A plan by hand: the n-th step comes from line n.
  init(_ name: String, _ host: ModelHost, _ guests: [[Step]]) {
    var line = 0
    let planned = guests.enumerated().map { index, steps in
      GuestPlan(
        name: "g\(index + 1)",
        steps: steps.map { step in
          line += 1
          return PlannedStep(
            step,
            from: Origin(path: "guests.g\(index + 1)", line: line, column: 1, length: 2)
          )
        }
      )
    }
    self.init(
      name: name,
      plan: Plan(file: "guest.yaml", host: nil, bindings: [], guests: planned, facts: []),
      host: host
    )
  }

  /// An example of the folder `Examples/guests`, on its host.
  init?(example name: String) {
    var diagnostics: [Diagnostic] = []
    guard let plan = ExecutionCase.document("\(name)/plan.json"),
      let host = ExecutionCase.document("\(name)/host.json"),
      let planned = PlanReader.read(plan, diagnostics: &diagnostics)
    else { return nil }
    let snapshot = SnapshotReader.read(host, diagnostics: &diagnostics)
    self.init(name: name, plan: planned, host: ModelHost(snapshot, boundBy: planned))
  }

  private static func document(_ path: String) -> YAMLDocument? {
    var texts = SourceTexts()
    var diagnostics: [Diagnostic] = []
    guard let bytes = Checkout.bytes("Examples/guests/\(path)") else { return nil }
    return YAMLParser.parse(texts.add(name: path, bytes: bytes), diagnostics: &diagnostics)
  }

  /// A guest file on an example host whose devices were bound as its plan wants.
  init?(_ name: String, _ text: String, on example: ExampleHost) {
    var texts = SourceTexts()
    var diagnostics: [Diagnostic] = []
    let source = texts.add(name: "guest.yaml", bytes: Array(text.utf8))
    guard let snapshot = example.snapshot,
      let document = YAMLParser.parse(source, diagnostics: &diagnostics)
    else { return nil }
    let configuration = GuestReader.read(document, diagnostics: &diagnostics)
    let resolved = Resolver.resolve(configuration, host: snapshot)
    let judgement = Judge.judge(resolved, earlier: diagnostics, today: nil)
    guard let accepted = judgement.accepted else { return nil }
    let plan = Planner.plan(accepted, texts: texts, file: "guest.yaml")
    self.init(name: name, plan: plan, host: ModelHost(snapshot, boundBy: plan))
  }
}

extension ModelHost {
  /// A machine of a snapshot, after the bindings of a plan.
  init(_ snapshot: HostSnapshot, boundBy plan: Plan) {
    let targets = Dictionary(
      plan.bindings.map { ($0.device, $0.target) },
      uniquingKeysWith: { first, _ in first }
    )
    let hasNodes = plan.guests.contains { $0.containers.contains { $0.model == .iommufd } }
    var count: UInt32 = 0
    func node(_ address: PCIAddress) -> UInt32? {
      guard hasNodes else { return nil }
      count += 1
      return count - 1
    }
    var groups: [ModelGroup] = []
    for (index, facts) in (snapshot.groups ?? []).enumerated() {
      let devices = facts.members.map { address in
        let current = snapshot.device(at: address)?.driver
        let driver: ModelDevice.Driver =
          switch (targets[address], current) {
          case (_?, _): .vfio
          case (nil, .bound("vfio-pci")): .vfio
          case (nil, .bound("pcieport")): .passive
          case (nil, .bound): .native
          case (nil, _): ModelDevice.Driver.none
          }
        return ModelDevice(address, driver: driver)
      }
      // A kernel that has iommufd has nodes of devices too.
      let nodes = devices.map { device in
        var device = device
        if device.driver == .vfio { device.node = node(device.address) }
        return device
      }
      var group = ModelGroup(facts.number ?? IOMMUGroupID(UInt32(index)), devices: nodes)
      group.reserved = (facts.reservedRegions ?? []).map(\.range)
      groups.append(group)
    }
    self.init(groups: groups)
    hasIOMMUFD = hasNodes
    setMachine(of: snapshot)
  }
}
