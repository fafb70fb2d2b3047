import HostInventory
import VFIOTypes

extension GuestGenerator {
  typealias Entries = [(key: String, value: YAMLTree)]

  // MARK: PAPR

  /// A host bridge for each group, indexes written or left open, around the built-in one.
  mutating func paprBridges(_ draft: inout GuestDraft) {
    draft.isGuestVisible = !draft.units.isEmpty
    var indexes = Array(1...30).shuffled(using: &random)
    let nodes = numaNodes(&draft)
    var bridges: Entries = []
    if chance(50) { bridges.append(("main", .mapping([("index", .scalar("0"))]))) }
    for (number, unit) in draft.units.enumerated() {
      var entries: Entries = []
      if chance(50) { entries.append(("index", .scalar("\(indexes.removeLast())"))) }
      if chance(20) { entries.append(("iommu-use", .scalar("guest-visible"))) }
      if chance(15) { entries.append(("iommu-model", .scalar("spapr-tce-v2"))) }
      if chance(15) { entries.append(("kind", .scalar("spapr"))) }
      if chance(20) { entries.append(("container", .scalar("c\(number)"))) }
      if let node = nodes[safe: number % max(1, nodes.count)] { entries.append(("numa", .scalar("\(node)"))) }
      if chance(30) { entries.append(("window", window(unit))) }
      entries.append(("devices", .list(devices(unit, siblings: true))))
      entries.shuffle(using: &random)
      bridges.append(("phb\(number)", .mapping(entries)))
    }
    if chance(20) { bridges.append(("spare", .mapping([]))) }
    bridges.shuffle(using: &random)
    if !bridges.isEmpty || chance(30) { draft.entries.append(("bridges", .mapping(bridges))) }
    if chance(20), facts == nil || facts?.cpu.platform == "PowerNV" {
      draft.entries.append(("iommu-model", .scalar("auto")))
    }
  }

  /// The host's nodes are named by the address here: what is near to node 1 gets a guest node of its RAM.
  private mutating func numaNodes(_ draft: inout GuestDraft) -> [Int] {
    guard chance(30), draft.size >= 2 << 30 else { return [] }
    let half = YAMLTree.scalar("\(ByteCount(draft.size / 2))")
    let near = draft.units.first.flatMap { unit in
      unit.functions.first.flatMap { facts?.device(at: $0)?.numa }
    }
    var first: Entries = [("memory", half)]
    if let near, draft.units.count == 1 { first.append(("host-nodes", .list([.scalar("\(near)")]))) }
    draft.entries.append(("numa", .mapping([("0", .mapping(first)), ("1", .mapping([("memory", half)]))])))
    return near != nil && draft.units.count == 1 ? [0] : [0, 1]
  }

  /// Windows that hold what is below: 32-bit BARs to 1 GiB, 64-bit ones to 1 TiB.
  private mutating func window(_ unit: Unit) -> YAMLTree {
    let isLarge = unit.functions.contains { facts?.device(at: $0)?.bars?.isEmpty == false }
    var entries: Entries = []
    if chance(60) { entries.append(("dma32", .scalar(pick(["512MiB", "1GiB", "2GiB"], or: "1GiB")))) }
    if chance(40) {
      entries.append(("mmio32", .scalar(isLarge ? "2GiB" : pick(["1GiB", "2GiB"], or: "2GiB"))))
    }
    if chance(40) {
      entries.append(("mmio64", .scalar(isLarge ? "1TiB" : pick(["64GiB", "512GiB", "1TiB"], or: "1TiB"))))
    }
    if chance(40) { entries.append(("ddw", .scalar(pick(["auto", "false"], or: "auto")))) }
    if chance(20) { entries.append(("page-sizes", .list([.scalar("4KiB"), .scalar("64KiB")]))) }
    return .mapping(entries)
  }

  // MARK: PCI Express

  /// The root bus and expanders, with ports written or made, a switch at times, a guest IOMMU at times.
  mutating func expressBridges(_ draft: inout GuestDraft) {
    guestIOMMU(&draft)
    modelOfGuest(&draft)
    var bridges: Entries = []
    var busNumbers = [224, 192, 160, 128]
    var rest = draft.units[...]
    let expanders = count(0...2)
    for number in 0...expanders {
      let share = number == expanders ? rest.count : count(0...rest.count)
      let units = Array(rest.prefix(share))
      rest = rest.dropFirst(share)
      var entries: Entries = number == 0 ? [("kind", .scalar("root"))] : [("kind", .scalar("pxb-pcie"))]
      if number > 0, chance(40) { entries.append(("bus-number", .scalar("\(busNumbers.removeLast())"))) }
      let isMapAll = draft.isGuestVisible && chance(30)
      if isMapAll { entries.append(("iommu-use", .scalar("map-all"))) }
      expressDevices(
        "b\(number)",
        units,
        isShared: draft.isGuestVisible && !isMapAll,
        isRoot: number == 0,
        &entries
      )
      entries.shuffle(using: &random)
      if number > 0 || !units.isEmpty || chance(50) { bridges.append(("b\(number)", .mapping(entries))) }
    }
    bridges.shuffle(using: &random)
    if !bridges.isEmpty { draft.entries.append(("bridges", .mapping(bridges))) }
  }

  private mutating func guestIOMMU(_ draft: inout GuestDraft) {
    let models =
      draft.machine.family == .q35 ? ["none", "none", "intel", "virtio"] : ["none", "none", "virtio"]
    let model = pick(models, or: "none")
    guard model != "none" || chance(20) else { return }
    draft.isGuestVisible = model != "none"
    var entries: Entries = [("model", .scalar(model))]
    if model == "intel", chance(50) {
      entries.append(("caching-mode", .scalar(pick(["true", "auto"], or: "auto"))))
    }
    if model == "intel", chance(30) { entries.append(("aw-bits", .scalar("48"))) }
    draft.entries.append(("viommu", .mapping(entries)))
  }

  private mutating func modelOfGuest(_ draft: inout GuestDraft) {
    guard chance(35) else { return }
    let model = pick(["auto", "type1v2", "iommufd", "iommufd"], or: "auto")
    draft.entries.append(("iommu-model", .scalar(model)))
    if model == "iommufd", chance(30) { draft.entries.append(("pass-descriptors", .scalar("true"))) }
  }

  /// Devices behind ports of their own, behind written ones, or below a switch.
  ///
  /// Where every requester has an address space of its own, the functions of one group sit below one conventional
  /// bridge, which speaks for both.
  private mutating func expressDevices(
    _ bridge: String,
    _ units: [Unit],
    isShared: Bool,
    isRoot: Bool,
    _ entries: inout Entries
  ) {
    var ports: Entries = []
    var list: [YAMLTree] = []
    var slots = Array(3...20).shuffled(using: &random)
    for (number, unit) in units.enumerated() {
      let name = "\(bridge)-p\(number)"
      if isShared, unit.functions.count > 1 {
        ports.append((name, .mapping([])))
        let kind = YAMLTree.mapping([("kind", .scalar("pcie-pci-bridge")), ("parent", .scalar(name))])
        ports.append(("\(name)-pci", kind))
        for (function, address) in unit.functions.enumerated() {
          let place: Entries = [("port", .scalar("\(name)-pci")), ("slot", .scalar("\(1 + function)"))]
          list.append(.mapping([("device", .quoted(address))] + place))
        }
      } else if unit.functions.count == 1, chance(50) {
        let port = written(name, slot: chance(40) ? slots.removeLast() : nil, &ports)
        var device: Entries = [("device", .quoted(unit.functions[0])), ("port", .scalar(port))]
        if chance(30) { device.append(("slot", .scalar("0"))) }
        device += expectation(unit.functions[0])
        list.append(.mapping(device))
      } else {
        list += devices(unit, siblings: !isShared)
      }
    }
    if isRoot, chance(25) {
      let slot = slots.removeLast()
      let neighbour = YAMLTree.mapping([("name", .scalar("disk0")), ("slot", .scalar("\(slot)"))])
      entries.append(("neighbours", .list([neighbour])))
    }
    ports.shuffle(using: &random)
    if !ports.isEmpty { entries.append(("ports", .mapping(ports))) }
    if !list.isEmpty || chance(20) { entries.append(("devices", .list(list))) }
  }

  /// A written port that takes an endpoint: a root port, or the downstream port of a switch.
  private mutating func written(_ name: String, slot: Int?, _ ports: inout Entries) -> String {
    var root: Entries = []
    if let slot { root.append(("slot", .scalar("\(slot)"))) }
    if chance(20) { root.append(("reserve", .mapping([("buses", .scalar("2"))]))) }
    ports.append((name, .mapping(root)))
    guard chance(25) else { return name }
    let up: Entries = [("kind", .scalar("upstream")), ("parent", .scalar(name))]
    let down: Entries = [("kind", .scalar("downstream")), ("parent", .scalar("\(name)-up"))]
    ports.append(("\(name)-up", .mapping(up)))
    ports.append(("\(name)-down", .mapping(down)))
    return "\(name)-down"
  }

  // MARK: Conventional PCI

  /// The root bus of i440fx: slots written or left open, functions of one device in one slot.
  mutating func conventionalBridges(_ draft: inout GuestDraft) {
    modelOfGuest(&draft)
    var slots = Array(3...30).shuffled(using: &random)
    var list: [YAMLTree] = []
    for unit in draft.units {
      guard chance(50) else {
        list += devices(unit, siblings: true)
        continue
      }
      let slot = slots.removeLast()
      for (function, address) in unit.functions.enumerated() {
        var device: Entries = [("device", .quoted(address)), ("slot", .scalar("\(slot)"))]
        if function > 0 { device.append(("function", .scalar("\(function)"))) }
        list.append(.mapping(device + expectation(address)))
      }
    }
    var root: Entries = []
    if chance(30) {
      let neighbour = YAMLTree.mapping([
        ("name", .scalar("nic0")), ("slot", .scalar("\(slots.removeLast())")),
      ])
      root.append(("neighbours", .list([neighbour])))
    }
    if !list.isEmpty { root.append(("devices", .list(list))) }
    guard !root.isEmpty || chance(50) else { return }
    root.shuffle(using: &random)
    draft.entries.append(("bridges", .mapping([("main", .mapping(root))])))
  }

  // MARK: Devices

  /// The entries of a unit, places left open: each function, or one that says what becomes of the others.
  private mutating func devices(_ unit: Unit, siblings: Bool) -> [YAMLTree] {
    if siblings, unit.functions.count > 1, chance(50) {
      let word = pick(["give", "park"], or: "give")
      return [.mapping([("device", .quoted(unit.functions[0])), ("siblings", .scalar(word))])]
    }
    return unit.functions.map { address in
      let expected = expectation(address)
      return expected.isEmpty && chance(70)
        ? .quoted(address) : .mapping([("device", .quoted(address))] + expected)
    }
  }

  private mutating func expectation(_ address: PCIAddress) -> Entries {
    guard chance(25), let identity = facts?.device(at: address)?.identity else { return [] }
    return [("expect", .mapping([("vendor", .quoted(identity.vendor)), ("id", .quoted(identity.device))]))]
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
