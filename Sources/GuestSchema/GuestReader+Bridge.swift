import Diagnostics
import KeyTables
import VFIOTypes
import YAMLSyntax

extension GuestReader {
  mutating func bridge(_ keys: MappingReader, _ name: Located<String>) -> HostBridge {
    var bridge = HostBridge(name: name)
    bridge.range = name.range.through(keys.node.range)
    bridge.kind = keys.word("kind")
    bridge.index = keys.integer("index")
    bridge.iommuUse = keys.word("iommu-use")
    bridge.iommuModel = keys.word("iommu-model")
    bridge.container = keys.text("container")
    bridge.numa = keys.integer("numa")
    bridge.busNumber = keys.integer("bus-number")
    bridge.segment = keys.integer("segment")
    bridge.addressBits = keys.integer("address-bits")
    if let below = keys.nested("window", GuestTables.window, &diagnostics) { bridge.window = windows(below) }
    bridge.sparePorts = keys.integer("spare-ports")
    for entry in keys.entries("ports", .name, &diagnostics) {
      bridge.ports.append(
        port(MappingReader(entry.node, GuestTables.port, layers: entry.layers, &diagnostics), entry.name)
      )
    }
    for node in keys.list("neighbours") { neighbour(node).map { bridge.neighbours.append($0) } }
    bridge.devices = devices(keys)
    return bridge
  }

  private func windows(_ keys: MappingReader) -> HostBridge.Windows {
    var window = HostBridge.Windows()
    window.dma32 = keys.size("dma32")
    window.ddw = switchValue(keys, "ddw")
    window.pageSizes = keys.list("page-sizes").compactMap { node in
      ByteCount(node.text).map { Located($0, at: node.range) }
    }
    window.dma32Start = keys.hexNumber("dma32-start")
    window.dma64Start = keys.hexNumber("dma64-start")
    window.mmio32 = keys.size("mmio32")
    window.mmio64 = keys.size("mmio64")
    window.io = keys.size("io")
    return window
  }

  private mutating func port(_ keys: MappingReader, _ name: Located<String>) -> Port {
    var port = Port(name: name)
    port.range = name.range.through(keys.node.range)
    port.kind = keys.word("kind")
    port.parent = keys.text("parent")
    port.slot = keys.integer("slot")
    port.function = keys.integer("function")
    port.multifunction = switchValue(keys, "multifunction")
    port.chassis = keys.integer("chassis")
    port.number = keys.integer("number")
    port.hotplug = keys.bool("hotplug")
    if let below = keys.nested("reserve", GuestTables.reserve, &diagnostics) {
      port.reserve.buses = below.integer("buses")
      port.reserve.io = below.size("io")
      port.reserve.memory = below.size("memory")
      port.reserve.prefetchable32 = below.size("pref32")
      port.reserve.prefetchable64 = below.size("pref64")
    }
    return port
  }

  private mutating func neighbour(_ node: YAMLNode) -> HostBridge.Neighbour? {
    let keys = MappingReader(node, GuestTables.neighbour, &diagnostics)
    guard let name = keys.text("name") else { return nil }
    var neighbour = HostBridge.Neighbour(name: name)
    neighbour.kind = keys.word("kind")
    neighbour.port = keys.text("port")
    neighbour.slot = keys.integer("slot")
    neighbour.function = keys.integer("function")
    return neighbour
  }

  /// A device in its long form; nil where nothing says which.
  mutating func device(_ keys: MappingReader, position: Int) -> AssignedDevice? {
    let reference =
      keys.address("device").map { $0.map(AssignedDevice.Reference.pci) }
      ?? keys.text("mdev").map { $0.map(AssignedDevice.Reference.mdev) }
      ?? keys.text("vfio-user").map { $0.map(AssignedDevice.Reference.vfioUser) }
      ?? keys.text("subchannel").map { $0.map(AssignedDevice.Reference.subchannel) }
    // A fragment names no device and is read for its findings alone.
    let stand = reference ?? Located(.subchannel(""), at: keys.node.range)
    var device = AssignedDevice(reference: stand, range: keys.node.range, position: position)
    device.name = keys.text("name")
    if let below = keys.nested("expect", GuestTables.expect, &diagnostics) {
      device.expect = expectation(below)
    }
    device.siblings = keys.word("siblings")
    device.managed = keys.bool("managed")
    device.migration = keys.word("migration")
    device.reset = keys.word("reset")
    if !keys.isEmpty(beyond: ["device", "name", "expect", "siblings", "managed", "migration", "reset"]) {
      device.options = options(keys)
    }
    return reference == nil ? nil : device
  }

  private mutating func options(_ keys: MappingReader) -> AssignedDevice.Options {
    var options = AssignedDevice.Options()
    options.driver = keys.text("driver").flatMap { $0.value == "auto" ? nil : $0 }
    options.iommuModel = keys.word("iommu-model")
    options.port = keys.text("port")
    options.slot = keys.integer("slot")
    options.function = keys.integer("function")
    options.multifunction = switchValue(keys, "multifunction")
    options.domain = keys.integer("domain")
    options.vfToken = keys.text("vf-token")
    if let below = keys.nested("rom", GuestTables.rom, &diagnostics) {
      options.rom.bar = below.bool("bar")
      options.rom.file = below.text("file")
      options.rom.size = below.size("size")
    }
    options.vga = keys.bool("vga")
    options.display = keys.bool("display")
    options.ramfb = keys.bool("ramfb")
    options.igd = keys.word("igd")
    options.bootIndex = keys.integer("boot-index")
    options.hotplug = keys.bool("hotplug")
    options.failover = keys.text("failover")
    options.peerToPeer = keys.bool("peer-to-peer")
    options.clique = keys.integer("clique")
    if let below = keys.nested("zpci", GuestTables.zpci, &diagnostics) {
      options.zpciUID = below.integer("uid")
      options.zpciFID = below.integer("fid")
    }
    options.allowBalloon = keys.bool("allow-balloon")
    return options
  }

  private func expectation(_ keys: MappingReader) -> AssignedDevice.Expectation {
    var expectation = AssignedDevice.Expectation()
    expectation.vendor = keys.text("vendor")
    expectation.id = keys.text("id")
    expectation.subvendor = keys.text("subvendor")
    expectation.subid = keys.text("subid")
    expectation.classCode = keys.text("class")
    expectation.serial = keys.text("serial")
    return expectation
  }
}
