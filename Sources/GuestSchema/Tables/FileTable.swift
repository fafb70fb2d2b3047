package import KeyTables
import VFIOTypes

/// The keys of a guest file, mapping by mapping; reader, schema and reference page follow from them.
package enum GuestTables {
  package static let file = KeyTable(
    "file",
    "One host with one or several guests.",
    [
      Key("version", .integer(1...1), required: true, example: "1", "The version of the file format."),
      Key("host", .mapping(host), "The host the guests are meant for."),
      Key("protect", .list(.mapping(protect)), "What of the host is never taken."),
      Key(
        "override",
        .list(.mapping(override)),
        "Guards that may be overridden, together with '--override CLASS'."
      ),
      Key("allow", .list(.mapping(allow)), "Findings that are accepted, one rule at one path each."),
      Key(
        "profiles",
        .named(.name, profile),
        example: "{fast: {bridge: {kind: pxb-pcie, numa: 0}}}",
        "Fragments that guests, bridges and devices 'use'."
      ),
      Key(
        "guests",
        .named(.name, guest),
        required: true,
        example: "{db1: {machine: q35, memory: 64GiB}}",
        "The guests by name."
      ),
    ]
  )

  static let host = KeyTable(
    "host",
    "The host the guests are meant for.",
    [
      Key("name", .text, example: "p9-07", "Its name; shown, never looked up."),
      Key(
        "snapshot",
        .shaped(.relativePath),
        example: "p9-07.json",
        "The file with its facts, below the folder of this file; '--host' wins over it."
      ),
      Key(
        "sriov",
        .named(.pciAddress, sriov),
        example: "{\"0000:3b:00.0\": {vfs: 4}}",
        "Virtual functions that physical functions are to have."
      ),
      Key(
        "bind-by",
        .words(words(HostSection.BindBy.self)),
        standard: "override",
        "How emitted boot files make devices bind: by address, or by vendor and device id."
      ),
      Key("reserve", .shaped(.size), standard: "1GiB", "RAM kept for the host itself."),
    ]
  )

  static let sriov = KeyTable(
    "sriov",
    "Virtual functions of one physical function.",
    [
      Key("vfs", .integer(0...65535), example: "4", "How many it is to have."),
      Key("autoprobe", .bool, standard: "false", "Whether host drivers take new ones by themselves."),
    ]
  )

  static let protect = KeyTable(
    "protect",
    "Something of the host that is never taken.",
    exactlyOne: [["device", "interface", "block"]],
    [
      Key("device", .shaped(.pciAddress), example: "\"0000:00:17.0\"", "A PCI function."),
      Key("interface", .text, example: "eno1", "A network interface."),
      Key("block", .text, example: "nvme0n1", "A block device."),
      Key("reason", .text, required: true, example: "backup network", "Why; shown when the guard refuses."),
    ]
  )

  static let override = KeyTable(
    "override",
    "A guard that may be overridden for one device.",
    [
      Key("guard", .text, required: true, example: "boot-display", "The class of the guard."),
      Key("device", .shaped(.pciAddress), required: true, example: "\"0000:01:00.0\"", "The PCI function."),
      Key("reason", .text, required: true, example: "the console is serial", "Why."),
    ]
  )

  static let allow = KeyTable(
    "allow",
    "One rule that is waived at one path.",
    [
      Key("rule", .text, required: true, example: "acs-missing", "The id of the rule."),
      Key(
        "path",
        .text,
        required: true,
        example: "guests.db1.bridges.net.devices.0",
        "Where it is waived; everything below is meant too."
      ),
      Key("reason", .text, required: true, example: "tested by hand", "Why."),
      Key("until", .shaped(.date), example: "\"2027-01-31\"", "The last day it holds."),
    ]
  )

  static let profile = KeyTable(
    "profile",
    "A fragment of a guest, a bridge or a device.",
    exactlyOne: [["guest", "bridge", "device"]],
    [
      Key("guest", .mapping(fragment(guest, "guest-fragment")), "Keys of a guest."),
      Key("bridge", .mapping(fragment(bridge, "bridge-fragment")), "Keys of a bridge."),
      Key("device", .mapping(fragment(device, "device-fragment")), "Keys of a device."),
    ]
  )

  /// A table of which nothing is required, since what is missing comes from where it is used.
  private static func fragment(_ table: KeyTable, _ name: String) -> KeyTable {
    let keys = table.keys.filter { $0.name != "use" }.map { key in
      var key = key
      key.isRequired = false
      return key
    }
    return KeyTable(name, "A fragment: \(table.text)", fragmentOf: table.name, keys)
  }

  /// The words of an enumeration, in its order.
  static func words<Word: RawRepresentable<String> & CaseIterable>(_ type: Word.Type) -> [String] {
    type.allCases.map(\.rawValue)
  }

  static let use = Key("use", .list(.shaped(.name)), example: "[fast]", "Profiles, taken from left to right.")

  static let iommuModel = Key(
    "iommu-model",
    .words(["auto"] + words(IOMMUModel.self)),
    standard: "auto",
    "What the host kernel is asked for; inherited from guest to bridge to device."
  )
}
