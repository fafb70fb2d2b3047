import KeyTables
import VFIOPlan
import VFIOTypes

extension PlanTables {
  static let bridge = KeyTable(
    "bridge",
    "A host bridge of a guest.",
    [
      Key("name", .text, required: true, "Its name."),
      Key("kind", words(HostBridgeKind.self), required: true, "What it is."),
      Key("built-in", .bool, required: true, "Whether it exists without being asked for."),
      Key("index", bytes, "The PAPR index."),
      Key("bus-number", bytes, "The number of its root bus."),
      Key("segment", bytes, "Its PCI segment."),
      Key("numa", bytes, "Its NUMA node."),
      Key("use", words(IOMMUUse.self), required: true, "How DMA mappings come to be."),
      Key("model", words(IOMMUModel.self), required: true, "The IOMMU model of the host."),
      Key("bypasses-iommu", .bool, required: true, "Whether the guest IOMMU is bypassed here."),
      Key("bus", .text, required: true, "The id of its root bus."),
      Key("address", .mapping(address), "Where it sits itself."),
      Key("windows", .mapping(bridgeWindows), "What a PAPR host bridge is given beyond its index."),
      origin,
    ]
  )

  static let bridgeWindows = KeyTable(
    "bridge-windows",
    "Windows of a PAPR host bridge; what is left out is the machine's default.",
    [
      Key("dma32", bytes, "Bytes of the default DMA window."),
      Key("ddw", .bool, "Whether the guest may create windows."),
      Key("page-sizes", .shaped(.hexNumber), "The mask of page sizes offered to the guest."),
      Key("dma32-start", .shaped(.hexNumber), "The bus address of the default window."),
      Key("dma64-start", .shaped(.hexNumber), "The bus address of a window created at run time."),
      Key("mmio32", bytes, "Bytes of the 32-bit MMIO window."),
      Key("mmio64", bytes, "Bytes of the 64-bit MMIO window."),
    ]
  )

  static let address = KeyTable(
    "address",
    "A place on a bus of the guest.",
    [
      Key("bus", .text, required: true, "The id of the bus."),
      Key("slot", .integer(0...255), required: true, "The slot."),
      Key("function", .integer(0...7), required: true, "The function."),
      Key("multifunction", .bool, required: true, "Whether the slot has further functions."),
    ]
  )

  static let port = KeyTable(
    "port",
    "A port or bridge below a host bridge.",
    [
      Key("name", .text, required: true, "Its name, also of the bus below it."),
      Key("kind", words(PortKind.self), required: true, "What it is."),
      Key("bridge", .text, required: true, "The host bridge it is below."),
      Key("address", .mapping(address), required: true, "Where it sits."),
      Key("chassis", bytes, "Its chassis number."),
      Key("number", bytes, "Its physical slot number."),
      Key("hotplug", .bool, required: true, "Whether devices may be plugged in later."),
      Key("reserve", .mapping(reserve), "What is kept free below it."),
      origin,
    ]
  )

  static let reserve = KeyTable(
    "reserve",
    "What is kept free below a port.",
    [
      Key("buses", bytes, "Bus numbers."),
      Key("io", bytes, "Bytes of I/O ports."),
      Key("memory", bytes, "Bytes of memory."),
      Key("prefetchable32", bytes, "Bytes of prefetchable memory below 4 GiB."),
      Key("prefetchable64", bytes, "Bytes of prefetchable memory."),
    ]
  )

  static let device = KeyTable(
    "device",
    "A device the guest is given.",
    exactlyOne: [["device", "mdev", "vfio-user", "subchannel"]],
    [
      Key("name", .text, required: true, "Its name."),
      Key("device", .shaped(.pciAddress), "The PCI function of the host."),
      Key("mdev", .text, "The UUID of a mediated device."),
      Key("vfio-user", .text, "The socket of a device of another process."),
      Key("subchannel", .text, "The subchannel of an s390 device."),
      Key("bridge", .text, required: true, "The host bridge it is below."),
      Key("address", .mapping(address), required: true, "Where it sits."),
      Key("group", .shaped(.pciAddress), "The name of its group."),
      Key("container", .text, required: true, "The container its mappings live in."),
      Key("driver", .text, required: true, "The driver of the host it has."),
      Key("hotplugged", .bool, required: true, "Whether it is plugged later."),
      Key("options", .mapping(options), "What is set beyond the hypervisor's defaults."),
      origin,
    ]
  )

  static let options = KeyTable(
    "device-options",
    "Settings of a device.",
    [
      Key("vf-token", .text, "The token of a virtual function."),
      Key("rom-bar", .bool, "Whether the guest sees its ROM."),
      Key("rom-file", .text, "A file in place of its ROM."),
      Key("rom-size", bytes, "Bytes of the ROM."),
      Key("vga", .bool, "Whether it is the VGA device."),
      Key("display", .bool, "Whether it has a display."),
      Key("ramfb", .bool, "Whether it has a frame buffer at boot."),
      Key("igd-opregion", .bool, "Whether the OpRegion is exposed."),
      Key("boot-index", bytes, "Its turn at boot."),
      Key("migration", .bool, "Whether it migrates."),
      Key("failover", .text, "The device that stands in for it."),
      Key("clique", bytes, "Devices of one number reach each other."),
      Key("allows-balloon", .bool, "Whether the balloon may be used beside it."),
      Key("zpci-uid", bytes, "The UID of an s390 function."),
      Key("zpci-fid", bytes, "The FID of an s390 function."),
    ]
  )
}
