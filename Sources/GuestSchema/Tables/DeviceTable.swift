import KeyTables
import VFIOTypes

extension GuestTables {
  static let device = KeyTable(
    "device",
    "A host device given to the guest.",
    exactlyOne: [["device", "mdev", "vfio-user", "subchannel"]],
    [
      use,
      Key("device", .shaped(.pciAddress), example: "\"0000:01:00.0\"", "A host PCI function."),
      Key("mdev", .shaped(.uuid), "A mediated device by its UUID."),
      Key("vfio-user", .text, example: "/run/vfio-user/disk0", "The socket of a vfio-user device."),
      Key("subchannel", .text, example: "0.0.0313", "A subchannel of s390."),
      Key("name", .shaped(.name), "Its id in arguments; bridge and position where left out."),
      Key("expect", .mapping(expect), "What is expected at the address."),
      Key(
        "siblings",
        .words(words(AssignedDevice.Siblings.self)),
        standard: "refuse",
        "What becomes of members of its group that no guest is given."
      ),
      Key(
        "driver",
        .text,
        standard: "auto",
        example: "mlx5_vfio_pci",
        "The host driver; vfio-pci, or the VFIO driver that is bound already."
      ),
      Key(
        "managed",
        .bool,
        standard: "true",
        "Whether it is bound for you; false: it must be bound already."
      ),
      iommuModel,
      Key("port", .shaped(.name), "The port it is plugged into; one of its own where left out."),
      Key("slot", .wordsOr(["auto"], .integer(0...255)), standard: "auto", "Its slot in the guest."),
      Key("function", .wordsOr(["auto"], .integer(0...7)), standard: "auto", "Its function in the guest."),
      Key(
        "multifunction",
        .wordsOr(["auto"], .bool),
        standard: "auto",
        "Whether its slot has several functions."
      ),
      Key("domain", .integer(0...65535), standard: "0", "The guest's PCI domain."),
      Key("vf-token", .shaped(.uuid), "The token of a virtual function whose parent is on vfio-pci."),
      Key("rom", .mapping(rom), "The option ROM."),
      Key("vga", .bool, standard: "false", "Legacy VGA ranges."),
      Key("display", .bool, standard: "false", "Display of a mediated device."),
      Key("ramfb", .bool, standard: "false", "A boot framebuffer."),
      Key("igd", .words(words(AssignedDevice.IGD.self)), standard: "none", "Intel graphics assignment."),
      Key("boot-index", .integer(0...2_147_483_647), "Its place in the boot order."),
      Key("hotplug", .bool, standard: "false", "Plugged later, not there at start."),
      Key(
        "migration",
        .words(words(AssignedDevice.Migration.self)),
        standard: "auto",
        "Whether it migrates."
      ),
      Key("failover", .shaped(.name), "The virtio-net neighbour it stands in for."),
      Key("reset", .words(words(AssignedDevice.Reset.self)), standard: "auto", "How it is reset."),
      Key("peer-to-peer", .bool, standard: "false", "Whether other devices are to reach its BARs."),
      Key("clique", .integer(0...15), "The GPUDirect clique."),
      Key("zpci", .mapping(zpci), "Numbers of the s390 PCI function."),
      Key(
        "allow-balloon",
        .bool,
        standard: "false",
        "Whether a balloon may work beside it; mediated devices."
      ),
    ]
  )

  static let expect = KeyTable(
    "expect",
    "What is expected at the address; text, never a number.",
    [
      Key("vendor", .shaped(.hex4), example: "\"15b3\"", "Vendor id."),
      Key("id", .shaped(.hex4), example: "\"1017\"", "Device id."),
      Key("subvendor", .shaped(.hex4), "Subsystem vendor id."),
      Key("subid", .shaped(.hex4), "Subsystem device id."),
      Key("class", .shaped(.hex6), example: "\"020000\"", "Class, subclass and interface."),
      Key("serial", .text, example: "\"0c42a10300a1b2c3\"", "Serial number."),
    ]
  )

  static let rom = KeyTable(
    "rom",
    "The option ROM.",
    [
      Key("bar", .bool, standard: "true", "Whether the guest sees it."),
      Key("file", .shaped(.relativePath), example: "gpu.rom", "A file in its place."),
      Key("size", .shaped(.size), "Its size."),
    ]
  )

  static let zpci = KeyTable(
    "zpci",
    "Numbers of the s390 PCI function.",
    [
      Key("uid", .wordsOr(["auto"], .integer(1...65535)), standard: "auto", "User-defined id."),
      Key("fid", .wordsOr(["auto"], .integer(0...4_294_967_295)), standard: "auto", "Function id."),
    ]
  )
}
