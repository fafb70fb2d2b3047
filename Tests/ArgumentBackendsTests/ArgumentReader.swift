/// Reads printed QEMU arguments back into a topology; it shares no code with the printer.
struct ArgumentReader {
  /// A `-device` or `-object` whose properties are text: numbers in decimal, switches as `on` and `off`.
  struct Spelled: Equatable {
    var type: String
    var properties: [String: String]
  }

  private(set) var topology = Topology(machine: "", memory: 0)
  private(set) var devices: [Spelled] = []
  private(set) var problems: [String] = []
  private var backings: [String: UInt64] = [:]
  private var globals: [String: String] = [:]
  private var machineProperties: [String: String] = [:]
  private var wholeMemory: UInt64 = 0

  init(_ words: [String]) {
    var rest = words[...]
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else {
        problems.append("'\(option)' has no value")
        break
      }
      read(option, value)
    }
    addBuiltIn()
    for (node, name) in nodeBackings { topology.nodes[node] = backings[name] ?? 0 }
    if let iommu = machineProperties["iommu"] { topology.things["guest_iommu"] = .init(kind: iommu) }
    topology.hole = ["q35-pcihost", "i440FX-pcihost"].compactMap { globals[$0 + ".pci-hole64-size"] }.first
      .flatMap { UInt64($0) }
    topology.bypassesRoot = machineProperties["default-bus-bypass-iommu"] == "on"
    if let name = machineProperties["memory-backend"], backings[name] != topology.memory {
      problems.append("back end '\(name)' has another size than the guest")
    }
  }

  private var nodeBackings: [Int: String] = [:]

  private mutating func read(_ option: String, _ value: String) {
    switch option {
    case "-machine":
      let spelled = ArgumentReader.comma(value)
      topology.machine = spelled.type
      machineProperties = spelled.properties
    case "-m":
      topology.memory = ArgumentReader.bytes(ArgumentReader.comma("m," + value).properties["size"] ?? "")
    case "-numa":
      let properties = ArgumentReader.comma(value).properties
      nodeBackings[Int(properties["nodeid"] ?? "") ?? -1] = properties["memdev"] ?? ""
    case "-object":
      let spelled = ArgumentReader.spelled(value, type: "qom-type")
      backings[spelled.properties["id"] ?? ""] = UInt64(spelled.properties["size"] ?? "")
    case "-global":
      let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
      globals[parts[0]] = parts[1]
    case "-device":
      let spelled = ArgumentReader.spelled(value, type: "driver")
      devices.append(spelled)
      add(spelled)
    case "-cpu", "-smp": break
    default: problems.append("'\(option)' is not known")
    }
  }

  // MARK: Spelling

  /// Either form.
  static func spelled(_ text: String, type key: String) -> Spelled {
    guard case .object(let members)? = JSONValue(text) else { return comma(text) }
    let properties = members.filter { $0.key != key }.mapValues(\.spelled)
    return Spelled(type: members[key]?.text ?? "", properties: properties)
  }

  /// The comma form: a doubled comma is a comma, and a property given twice stands for a list.
  static func comma(_ text: String) -> Spelled {
    var parts = [""]
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      if scalar != "," {
        parts[parts.count - 1].unicodeScalars.append(scalar)
      } else if scalars.first == "," {
        scalars.removeFirst()
        parts[parts.count - 1] += ","
      } else {
        parts.append("")
      }
    }
    var spelled = Spelled(type: parts[0], properties: [:])
    for part in parts.dropFirst() {
      let cut = part.firstIndex(of: "=") ?? part.endIndex
      spelled.properties[String(part[..<cut])] = String(part[cut...].dropFirst())
    }
    return spelled
  }

  private static func bytes(_ text: String) -> UInt64 {
    let shifts: [Character: UInt64] = ["B": 0, "K": 10, "M": 20, "G": 30, "T": 40]
    guard let unit = text.last, let shift = shifts[unit], let number = UInt64(text.dropLast()) else {
      return 0
    }
    return number << shift
  }

  // MARK: Things

  private static let kinds = [
    "pxb": "pxb", "pxb-pcie": "pxb-pcie", "spapr-pci-host-bridge": "spapr", "pcie-root-port": "root-port",
    "x3130-upstream": "upstream", "xio3130-downstream": "downstream", "pcie-pci-bridge": "pcie-pci-bridge",
    "pci-bridge": "pci-bridge", "i82801b11-bridge": "dmi-to-pci-bridge", "vfio-pci": "device",
    "vfio-pci-nohotplug": "device", "intel-iommu": "intel", "amd-iommu": "amd", "virtio-iommu-pci": "virtio",
  ]

  private static let windows =
    [
      ("ddw", "ddw", 1), ("dma_win_size", "dma32", 1 << 30), ("dma_win_addr", "dma32-start", 0),
      ("dma64_win_addr", "dma64-start", 1 << 59), ("pgsz", "page-sizes", 0x1211000),
      ("mem_win_size", "mmio32", 2 << 30), ("mem64_win_size", "mmio64", 1 << 40),
    ] as [(property: String, fact: String, standard: UInt64)]

  private mutating func add(_ spelled: Spelled) {
    let properties = spelled.properties
    guard let kind = ArgumentReader.kinds[spelled.type], let id = properties["id"] else {
      problems.append("'\(spelled.type)' is not known or has no id")
      return
    }
    if ["intel", "amd", "virtio"].contains(kind), devices.count > 1 {
      problems.append("the guest IOMMU comes after a device")
    }
    if topology.things[id] != nil { problems.append("'\(id)' is there twice") }
    var thing = Topology.Thing(kind: kind)
    if let bus = properties["bus"], let address = properties["addr"] {
      let numbers = address.split(separator: ".").compactMap { Int($0.dropFirst(2), radix: 16) }
      thing.place = Topology.place(
        bus,
        numbers.first ?? -1,
        numbers.last ?? -1,
        properties["multifunction"] == "on"
      )
      if !exists(bus) { problems.append("bus '\(bus)' is named before it is there") }
    }
    for (property, fact) in [
      ("index", "index"), ("bus_nr", "bus-number"), ("numa_node", "numa"), ("bypass_iommu", "bypass"),
      ("chassis", "chassis"), ("chassis_nr", "chassis"), ("slot", "number"), ("caching-mode", "caching-mode"),
      ("intremap", "intremap"), ("aw-bits", "aw-bits"), ("bus-reserve", "reserve-buses"),
      ("pref64-reserve", "reserve-pref64"),
    ] { thing.facts[fact] = properties[property].map(ArgumentReader.number) ?? thing.facts[fact] }
    switch kind {
    case "root-port", "downstream": thing.facts["hotplug"] = properties["hotplug"] == "off" ? 0 : 1
    case "pci-bridge": thing.facts["hotplug"] = properties["shpc"] == "off" ? 0 : 1
    case "device":
      thing.facts["host"] = properties["host"].map(ArgumentReader.host)
      thing.facts["iommufd"] = properties["iommufd"] == "guest_iommufd" ? 1 : nil
    case "spapr": addWindows(properties, to: &thing)
    default: break
    }
    topology.things[id] = thing
  }

  private func exists(_ bus: String) -> Bool {
    ["pcie.0", "pci.0"].contains(bus)
      || topology.things[bus].map { $0.kind != "spapr" } ?? false
      || bus.hasSuffix(".0") && topology.things[String(bus.dropLast(2))]?.kind == "spapr"
  }

  /// What `-global` says holds for each bridge that says nothing itself.
  private func addWindows(_ properties: [String: String], to thing: inout Topology.Thing) {
    for window in ArgumentReader.windows {
      let text = properties[window.property] ?? globals["spapr-pci-host-bridge." + window.property]
      thing.facts[window.fact] = text.map(ArgumentReader.number) ?? window.standard
    }
  }

  private mutating func addBuiltIn() {
    guard topology.machine.hasPrefix("pseries") else { return }
    var thing = Topology.Thing(kind: "spapr")
    addWindows([:], to: &thing)
    topology.things["built-in"] = thing
  }

  private static func number(_ text: String) -> UInt64 {
    text == "on" ? 1 : text == "off" ? 0 : UInt64(text) ?? UInt64.max
  }

  private static func host(_ text: String) -> UInt64 {
    let numbers = text.split { $0 == ":" || $0 == "." }.compactMap { UInt64($0, radix: 16) }
    guard numbers.count == 4 else { return UInt64.max }
    return numbers[0] << 16 | numbers[1] << 8 | numbers[2] << 3 | numbers[3]
  }
}
