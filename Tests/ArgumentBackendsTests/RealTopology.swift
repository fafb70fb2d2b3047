import VFIOPlan

extension Topology {
  /// What a running QEMU has made, read object by object; `query-pci` hides what is behind ports without a number.
  init(_ qemu: RealQEMU, as wanted: Topology) {
    self.init(machine: wanted.machine, memory: 0)
    memory = UInt64(qemu.command("query-memory-size-summary")?["base-memory"]?.number ?? 0)
    if !wanted.nodes.isEmpty { nodes = Topology.nodes(qemu) }
    if wanted.hole != nil {
      // The machine keeps its host bridge as a child of this name.
      let host = wanted.machine.contains("q35") ? "/machine/q35" : "/machine/i440fx"
      hole = qemu.property("pci-hole64-size", of: host)?.number.map { UInt64(bitPattern: $0) }
    }
    bypassesRoot = qemu.property("default-bus-bypass-iommu", of: "/machine") == .toggle(true)
    for member in qemu.members(of: "/machine/peripheral") where member.type.hasPrefix("child<") {
      things[member.name] = Topology.thing(
        qemu,
        "/machine/peripheral/" + member.name,
        String(member.type.dropFirst(6).dropLast()),
        wanted.things[member.name]
      )
    }
    if let iommu = qemu.property("iommu", of: "/machine")?.text, iommu != "none" {
      things["guest_iommu"] = Thing(kind: iommu)
    }
    for member in qemu.members(of: "/machine/unattached") where member.type == "child<spapr-pci-host-bridge>"
    {
      let path = "/machine/unattached/" + member.name
      things["built-in"] = Topology.thing(qemu, path, "spapr-pci-host-bridge", wanted.things["built-in"])
      things["built-in"]?.facts["index"] = nil
    }
  }

  private static func nodes(_ qemu: RealQEMU) -> [Int: UInt64] {
    var nodes: [Int: UInt64] = [:]
    let text = qemu.command("human-monitor-command", ["command-line": "info numa"])?.text ?? ""
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      guard words.count == 5, words[2] == "size:", let node = Int(words[1]), let size = UInt64(words[3])
      else {
        continue
      }
      nodes[node] = size << 20
    }
    return nodes
  }

  private static let kinds = [
    "pxb": "pxb", "pxb-pcie": "pxb-pcie", "spapr-pci-host-bridge": "spapr", "pcie-root-port": "root-port",
    "x3130-upstream": "upstream", "xio3130-downstream": "downstream", "pcie-pci-bridge": "pcie-pci-bridge",
    "pci-bridge": "pci-bridge", "i82801b11-bridge": "dmi-to-pci-bridge", "pci-testdev": "device",
    "intel-iommu": "intel", "amd-iommu": "amd", "virtio-iommu-pci": "virtio",
  ]

  /// A property, the fact it tells, and the value that stands for nothing said.
  private static let properties: [(name: String, fact: String, unset: UInt64?)] = [
    ("index", "index", nil), ("bus_nr", "bus-number", 0), ("numa_node", "numa", 128),
    ("bypass_iommu", "bypass", 0), ("chassis", "chassis", 0), ("chassis_nr", "chassis", 0),
    ("slot", "number", 0), ("hotplug", "hotplug", nil), ("shpc", "hotplug", nil),
    ("bus-reserve", "reserve-buses", 0xffff_ffff), ("pref64-reserve", "reserve-pref64", UInt64.max),
    ("ddw", "ddw", nil), ("dma_win_addr", "dma32-start", nil), ("dma_win_size", "dma32", nil),
    ("dma64_win_addr", "dma64-start", nil), ("pgsz", "page-sizes", nil), ("mem_win_size", "mmio32", nil),
    ("mem64_win_size", "mmio64", nil),
  ]

  private static func thing(_ qemu: RealQEMU, _ path: String, _ type: String, _ wanted: Thing?) -> Thing {
    var thing = Thing(kind: kinds[type] ?? type)
    let names = Set(qemu.members(of: path).map(\.name))
    if names.contains("addr"), let devfn = qemu.property("addr", of: path)?.number,
      let bus = qemu.property("parent_bus", of: path)?.text
    {
      let isMultifunction = qemu.property("multifunction", of: path) == .toggle(true)
      let name = String(bus.split(separator: "/").last ?? "")
      thing.place = place(name, Int(devfn >> 3), Int(devfn & 7), isMultifunction)
    }
    for property in properties where names.contains(property.name) {
      guard let value = qemu.property(property.name, of: path).flatMap(number), value != property.unset,
        // The NUMA node of a PAPR host bridge is a 32-bit -1 where it has none.
        !(property.name == "numa_node" && value == 0xffff_ffff)
      else { continue }
      thing.facts[property.fact] = value
    }
    // An upstream or conventional port says nothing of these, and nothing is asked of it.
    if thing.kind == "device" || thing.kind == "upstream" { thing.facts = [:] }
    for name in ["caching-mode", "intremap", "aw-bits"] where wanted?.facts[name] != nil {
      thing.facts[name] = qemu.property(name, of: path).flatMap(number)
    }
    return thing
  }

  private static func number(_ value: JSONValue) -> UInt64? {
    switch value {
    case .toggle(let isOn): isOn ? 1 : 0
    case .number(let number): UInt64(bitPattern: number)
    case .text("on"): 1
    case .text("off"): 0
    case .text, .list, .object, .null: nil
    }
  }

  /// The topology without what an emulated device does not carry.
  var emulated: Topology {
    var topology = self
    for name in topology.things.keys where topology.things[name]?.kind == "device" {
      topology.things[name]?.facts = [:]
    }
    return topology
  }
}
