import KeyTables
import VFIOTypes

extension GuestTables {
  static let bridge = KeyTable(
    "bridge",
    "A guest host bridge.",
    [
      use,
      Key(
        "kind",
        .words(words(HostBridgeKind.self)),
        "What it is; on pseries a PAPR host bridge, elsewhere 'main' or the first by name is the root and others expanders."
      ),
      Key(
        "index",
        .wordsOr(["auto"], .integer(0...4_294_967_295)),
        standard: "auto",
        "The PAPR index; 0 is built in."
      ),
      Key(
        "iommu-use",
        .words(["auto"] + words(IOMMUUse.self)),
        standard: "auto",
        "How DMA mappings come to be; guest-visible on pseries, s390 and behind a 'viommu', else map-all."
      ),
      iommuModel,
      Key("container", .shaped(.name), "The name of its container; derived where left out."),
      Key("numa", .integer(0...127), "The guest's NUMA node it is near to."),
      Key(
        "bus-number",
        .wordsOr(["auto"], .integer(0...255)),
        standard: "auto",
        "The bus number of an expander."
      ),
      Key("segment", .integer(0...65535), standard: "0", "The PCI segment; Cloud Hypervisor."),
      Key("address-bits", .integer(1...64), "Address width of a segment; Cloud Hypervisor."),
      Key("window", .mapping(window), "DMA and MMIO windows of a PAPR host bridge."),
      Key("spare-ports", .integer(0...255), standard: "0", "Empty ports for devices plugged later."),
      Key("ports", .named(.name, port), "Ports and bridges below it by name."),
      Key("neighbours", .list(.mapping(neighbour)), "What else sits on it and is not ours to build."),
      Key(
        "devices",
        .list(.scalarOrMapping(.shaped(.pciAddress), device)),
        "The host devices given to the guest here."
      ),
    ]
  )

  static let window = KeyTable(
    "window",
    "DMA and MMIO windows of a PAPR host bridge.",
    [
      Key("dma32", .shaped(.size), standard: "1GiB", "Size of the default DMA window."),
      Key(
        "ddw",
        .wordsOr(["auto"], .bool),
        standard: "auto",
        "Whether the guest may create a window at run time."
      ),
      Key(
        "page-sizes",
        .list(.shaped(.size)),
        example: "[4KiB, 64KiB]",
        "IOMMU page sizes offered to the guest."
      ),
      Key("dma32-start", .shaped(.hexNumber), standard: "0x0", "Bus address of the default window."),
      Key(
        "dma64-start",
        .shaped(.hexNumber),
        standard: "0x800000000000000",
        "Bus address of a window created at run time."
      ),
      Key("mmio32", .shaped(.size), standard: "2GiB", "Size of the 32-bit MMIO window."),
      Key("mmio64", .shaped(.size), standard: "1TiB", "Size of the 64-bit MMIO window."),
      Key("io", .shaped(.size), standard: "64KiB", "Size of the I/O window."),
    ]
  )

  static let port = KeyTable(
    "port",
    "A port or bridge below a host bridge.",
    [
      Key("kind", .words(words(PortKind.self)), standard: "root-port", "What it is."),
      Key("parent", .shaped(.name), "The port it hangs from; the root bus where left out."),
      Key("slot", .wordsOr(["auto"], .integer(0...255)), standard: "auto", "Its slot on the bus above."),
      Key("function", .wordsOr(["auto"], .integer(0...7)), standard: "auto", "Its function there."),
      Key(
        "multifunction",
        .wordsOr(["auto"], .bool),
        standard: "auto",
        "Whether its slot has several functions."
      ),
      Key("chassis", .wordsOr(["auto"], .integer(0...255)), standard: "auto", "Its chassis number."),
      Key("number", .wordsOr(["auto"], .integer(0...8191)), standard: "auto", "Its physical slot number."),
      Key("hotplug", .bool, standard: "true", "Whether devices can be plugged into it at run time."),
      Key("reserve", .mapping(reserve), "Room kept for what is plugged later."),
    ]
  )

  static let reserve = KeyTable(
    "reserve",
    "Room a port keeps for what is plugged later.",
    [
      Key("buses", .integer(0...255), "Bus numbers."),
      Key("io", .shaped(.size), "I/O ports."),
      Key("memory", .shaped(.size), "Memory below 4 GiB."),
      Key("pref32", .shaped(.size), "Prefetchable memory below 4 GiB."),
      Key("pref64", .shaped(.size), "Prefetchable memory anywhere."),
    ]
  )

  static let neighbour = KeyTable(
    "neighbour",
    "Something on a bridge that is not ours to build, so that its slot is taken.",
    [
      Key("name", .shaped(.name), required: true, example: "disk0", "Its name."),
      Key("kind", .words(words(HostBridge.Neighbour.Kind.self)), standard: "emulated", "What it is."),
      Key("port", .shaped(.name), "The port it sits in; the root bus where left out."),
      Key("slot", .integer(0...31), "Its slot."),
      Key("function", .integer(0...7), standard: "0", "Its function."),
    ]
  )
}
