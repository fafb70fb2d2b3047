import VFIOPlan
import VFIOTypes

/// What a guest is built of, as far as plan, printed arguments and a running QEMU can all tell.
struct Topology: Equatable {
  /// A bridge, port, device or guest IOMMU.
  struct Thing: Equatable {
    /// The plan's word: `pxb-pcie`, `root-port`, `device`, `intel`.
    var kind: String
    /// `rp1 0.0`, with a `+` where function 0 says there are others; empty for what is on no bus.
    var place = ""
    /// Numbers and switches that decide where it is and what it does.
    var facts: [String: UInt64] = [:]
  }

  var machine: String
  var memory: UInt64
  var nodes: [Int: UInt64] = [:]
  var bypassesRoot = false
  /// The least 64-bit PCI hole that was asked for.
  var hole: UInt64?
  /// By id; the built-in PAPR host bridge is `built-in`.
  var things: [String: Thing] = [:]

  /// What one has and the other has not, for the sentence of a failure.
  func difference(from other: Topology) -> String {
    let names = Set(things.keys).union(other.things.keys).sorted().filter { things[$0] != other.things[$0] }
    let lines = names.map { name in
      "\(name): \(things[name].map { "\($0)" } ?? "none") and \(other.things[name].map { "\($0)" } ?? "none")"
    }
    var (mine, yours) = (self, other)
    (mine.things, yours.things) = ([:], [:])
    return (lines + (mine == yours ? [] : ["\(mine) and \(yours)"])).joined(separator: "\n")
  }

  static func place(_ bus: String, _ slot: Int, _ function: Int, _ isMultifunction: Bool) -> String {
    "\(bus) \(slot).\(function)\(isMultifunction ? "+" : "")"
  }
}

extension Topology {
  /// What the plan says of the guest at its start.
  init(_ guest: GuestPlan) {
    machine = guest.machine.type.text
    memory = guest.memory.size
    for node in guest.memory.nodes { nodes[node.number] = node.size }
    bypassesRoot = guest.machine.rootBusBypassesIOMMU
    hole = guest.machine.pciHole64
    for bridge in guest.bridges where bridge.kind != .root {
      things[bridge.isBuiltIn ? "built-in" : bridge.name] = Topology.thing(bridge)
    }
    for port in guest.ports { things[port.name] = Topology.thing(port) }
    for device in guest.devices where !device.isHotplugged {
      var facts: [String: UInt64] = [:]
      if case .pci(let address) = device.subject, !guest.machine.passesDescriptors {
        facts["host"] = UInt64(address.domain) << 16 | UInt64(address.bus) << 8 | UInt64(address.devfn)
      }
      let isIOMMUFD = guest.containers.contains { $0.name == device.container && $0.model == .iommufd }
      facts["iommufd"] = isIOMMUFD ? 1 : nil
      things[device.name] = Thing(kind: "device", place: Topology.place(device.address), facts: facts)
    }
    if let viommu = guest.viommu, viommu.model != .smmuv3 {
      things["guest_iommu"] = Topology.thing(viommu, root: guest.bridges.first?.bus)
    } else if guest.viommu?.model == .smmuv3 {
      things["guest_iommu"] = Thing(kind: "smmuv3")
    }
  }

  private static func place(_ address: GuestAddress) -> String {
    place(address.bus, address.slot, address.function, address.isMultifunction)
  }

  private static func thing(_ bridge: PlannedBridge) -> Thing {
    var thing = Thing(kind: bridge.kind.rawValue, place: bridge.address.map(place) ?? "")
    thing.facts["index"] = bridge.isBuiltIn ? nil : bridge.index.map { UInt64($0) }
    thing.facts["bus-number"] = bridge.busNumber.map { UInt64($0) }
    thing.facts["numa"] = bridge.numa.map { UInt64($0) }
    thing.facts["bypass"] = bridge.bypassesIOMMU ? 1 : nil
    guard bridge.kind == .spapr else { return thing }
    thing.facts["ddw"] = bridge.windows.ddw == false ? 0 : 1
    thing.facts["dma32"] = bridge.windows.dma32 ?? 1 << 30
    thing.facts["dma32-start"] = bridge.windows.dma32Start ?? 0
    thing.facts["dma64-start"] = bridge.windows.dma64Start ?? 1 << 59
    thing.facts["page-sizes"] = bridge.windows.pageSizes ?? 0x1211000
    thing.facts["mmio32"] = bridge.windows.mmio32 ?? 2 << 30
    thing.facts["mmio64"] = bridge.windows.mmio64 ?? 1 << 40
    return thing
  }

  private static func thing(_ port: PlannedPort) -> Thing {
    var thing = Thing(kind: port.kind.rawValue, place: place(port.address))
    thing.facts["chassis"] = port.chassis.map { UInt64($0) }
    if port.kind == .rootPort || port.kind == .downstream {
      thing.facts["number"] = port.number.map { UInt64($0) }
      thing.facts["hotplug"] = port.acceptsHotplug ? 1 : 0
    }
    if port.kind == .pciBridge { thing.facts["hotplug"] = port.acceptsHotplug ? 1 : 0 }
    thing.facts["reserve-buses"] = port.reserve.buses.map { UInt64($0) }
    thing.facts["reserve-pref64"] = port.reserve.prefetchable64
    return thing
  }

  private static func thing(_ viommu: PlannedGuestIOMMU, root: String?) -> Thing {
    var thing = Thing(kind: viommu.model.rawValue)
    if let slot = viommu.slot, let root { thing.place = place(root, slot, 0, false) }
    thing.facts["caching-mode"] = viommu.cachingMode.map { $0 ? 1 : 0 }
    thing.facts["intremap"] = viommu.interruptRemapping.map { $0 ? 1 : 0 }
    thing.facts["aw-bits"] = viommu.addressBits.map { UInt64($0) }
    return thing
  }
}
