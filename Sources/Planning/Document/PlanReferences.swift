import Diagnostics
import KeyTables
import VFIOPlan
import VFIOTypes
import YAMLSyntax

/// Checks that what a plan names is in it.
struct PlanReferences {
  private var diagnostics: [Diagnostic] = []
  private let guest: GuestPlan
  private let node: YAMLNode
  private let bridges: Set<String>
  private let groups: Set<PCIAddress>
  private let ranges: Set<String>
  private let devices: Set<PCIAddress>
  private var containers: Set<String>

  /// Findings in a plan that was read from these keys, each where the name stands.
  static func findings(in plan: Plan, _ keys: MappingReader) -> [Diagnostic] {
    zip(plan.guests, keys.list("guests")).flatMap { guest, node in
      var references = PlanReferences(guest, node)
      references.check()
      return references.diagnostics
    }
  }

  private init(_ guest: GuestPlan, _ node: YAMLNode) {
    self.guest = guest
    self.node = node
    self.bridges = Set(guest.bridges.map(\.name))
    self.groups = Set(guest.groups.map(\.name))
    self.ranges = Set(guest.memory.ranges.map(\.name))
    self.devices = Set(
      guest.devices.compactMap { device in
        switch device.subject {
        case .pci(let address): address
        case .mdev, .vfioUser, .subchannel: nil
        }
      }
    )
    self.containers = Set(guest.containers.map(\.name))
  }

  private mutating func check() {
    for item in items("ports") { require("bridge", of: item, in: bridges, "host bridge") }
    for item in items("devices") {
      require("bridge", of: item, in: bridges, "host bridge")
      require("container", of: item, in: containers, "container")
      requireAddress("group", of: item, in: groups, "group")
    }
    for item in items("containers") {
      require("bridge", of: item, in: bridges, "host bridge")
      for entry in item.value(of: "groups").map({ Array($0.items) }) ?? [] {
        requireAddress(entry, in: groups, "group")
      }
    }
    // A container that is made where none accepts a group is known from then on.
    for item in items("steps") {
      if let another = item.value(of: "another") { containers.insert(another.text) }
      require("container", of: item, in: containers, "container")
      for entry in item.value(of: "containers").map({ Array($0.items) }) ?? [] {
        require(entry, in: containers, "container")
      }
      require("memory", of: item, in: ranges, "range of RAM")
      requireAddress("group", of: item, in: groups, "group")
      requireAddress("device", of: item, in: devices, "device")
    }
  }

  private func items(_ key: String) -> [YAMLNode] {
    node.value(of: key).map { Array($0.items) } ?? []
  }

  private mutating func require(_ key: String, of item: YAMLNode, in names: Set<String>, _ what: String) {
    item.value(of: key).map { require($0, in: names, what) }
  }

  private mutating func require(_ name: YAMLNode, in names: Set<String>, _ what: String) {
    guard name.isScalar, !names.contains(name.text) else { return }
    report(name, what)
  }

  private mutating func requireAddress(
    _ key: String,
    of item: YAMLNode,
    in names: Set<PCIAddress>,
    _ what: String
  ) {
    item.value(of: key).map { requireAddress($0, in: names, what) }
  }

  private mutating func requireAddress(_ name: YAMLNode, in names: Set<PCIAddress>, _ what: String) {
    // What is no address was reported already.
    guard let address = PCIAddress(utf8: name.utf8), !names.contains(address) else { return }
    report(name, what)
  }

  private mutating func report(_ name: YAMLNode, _ what: String) {
    diagnostics.append(
      PlanRule.reference.finding(
        "guest '\(guest.name)' has no \(what) '\(name.text)' in this plan",
        at: name.range
      )
    )
  }
}
