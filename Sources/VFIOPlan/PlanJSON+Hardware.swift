import Diagnostics
import VFIOTypes

extension PlanJSON {
  static func bridge(_ bridge: PlannedBridge, _ writer: inout JSONWriter) {
    writer.text("name", bridge.name)
    writer.word("kind", bridge.kind)
    writer.bool("built-in", bridge.isBuiltIn)
    writer.number("index", bridge.index)
    writer.number("bus-number", bridge.busNumber)
    writer.number("segment", bridge.segment)
    writer.number("numa", bridge.numa)
    writer.word("use", bridge.use)
    writer.word("model", bridge.model)
    writer.bool("bypasses-iommu", bridge.bypassesIOMMU)
    writer.text("bus", bridge.bus)
    if let address = bridge.address { self.address(address, &writer) }
    writer.mapping("windows", bridge.windows, unless: .init()) { windows, writer in
      writer.number("dma32", windows.dma32)
      writer.bool("ddw", windows.ddw)
      writer.hex("page-sizes", windows.pageSizes)
      writer.hex("dma32-start", windows.dma32Start)
      writer.hex("dma64-start", windows.dma64Start)
      writer.number("mmio32", windows.mmio32)
      writer.number("mmio64", windows.mmio64)
    }
    writer.origin(bridge.origin)
  }

  private static func address(_ address: GuestAddress, _ writer: inout JSONWriter) {
    writer.key("address")
    writer.object(compact: true) { writer in
      writer.text("bus", address.bus)
      writer.number("slot", address.slot)
      writer.number("function", address.function)
      writer.bool("multifunction", address.isMultifunction)
    }
  }

  static func port(_ port: PlannedPort, _ writer: inout JSONWriter) {
    writer.text("name", port.name)
    writer.word("kind", port.kind)
    writer.text("bridge", port.bridge)
    address(port.address, &writer)
    writer.number("chassis", port.chassis)
    writer.number("number", port.number)
    writer.bool("hotplug", port.acceptsHotplug)
    writer.mapping("reserve", port.reserve, unless: .init()) { reserve, writer in
      writer.number("buses", reserve.buses)
      writer.number("io", reserve.io)
      writer.number("memory", reserve.memory)
      writer.number("prefetchable32", reserve.prefetchable32)
      writer.number("prefetchable64", reserve.prefetchable64)
    }
    writer.origin(port.origin)
  }

  static func device(_ device: PlannedDevice, _ writer: inout JSONWriter) {
    writer.text("name", device.name)
    switch device.subject {
    case .pci(let address): writer.text("device", address.description)
    case .mdev(let uuid): writer.text("mdev", uuid)
    case .vfioUser(let path): writer.text("vfio-user", path)
    case .subchannel(let text): writer.text("subchannel", text)
    }
    writer.text("bridge", device.bridge)
    address(device.address, &writer)
    writer.text("group", device.group?.description)
    writer.text("container", device.container)
    writer.text("driver", device.driver)
    writer.bool("hotplugged", device.isHotplugged)
    writer.mapping("options", device.options, unless: .init(), options)
    writer.origin(device.origin)
  }

  private static func options(_ options: PlannedDevice.Options, _ writer: inout JSONWriter) {
    writer.text("vf-token", options.vfToken)
    writer.bool("rom-bar", options.romBar)
    writer.text("rom-file", options.romFile)
    writer.number("rom-size", options.romSize)
    writer.bool("vga", options.vga)
    writer.bool("display", options.display)
    writer.bool("ramfb", options.ramfb)
    writer.bool("igd-opregion", options.igdOpRegion)
    writer.number("boot-index", options.bootIndex)
    writer.bool("migration", options.migration)
    writer.text("failover", options.failover)
    writer.number("clique", options.clique)
    writer.bool("allows-balloon", options.allowsBalloon)
    writer.number("zpci-uid", options.zpciUID)
    writer.number("zpci-fid", options.zpciFID)
  }
}
