/// Names of vendors, devices and classes from a `pci.ids` file, for showing alone: no fact rests on them.
///
/// The form, from the head of the file itself: `VVVV  name`, a tab and `DDDD  name` for its devices, two tabs for
/// subsystems; `C CC  name` and a tab and `SS  name` for classes.
package struct PCINames: Sendable {
  /// Where distributions keep the file.
  package static let paths = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"]

  private var vendors: [String: String] = [:]
  private var devices: [String: String] = [:]
  private var classes: [String: String] = [:]

  /// No names at all, where the file is not installed.
  package init() {}

  /// The names of these identities; the file has thirty thousand others, which are passed over.
  package init(_ bytes: [UInt8], of identities: [HostDevice.Identity]) {
    let wantedVendors = Set(identities.map(\.vendor))
    let wantedDevices = Set(identities.map { "\($0.vendor):\($0.device)" })
    let wantedClasses = Set(identities.map { String($0.classCode.prefix(4)) })
    var vendor = ""
    var isClasses = false
    for line in bytes.split(separator: 0x0a) {
      guard let first = line.first, first != UInt8(ascii: "#"), !line.starts(with: [0x09, 0x09]) else {
        continue
      }
      if first != 0x09 {
        isClasses = line.starts(with: "C ".utf8)
        let (id, name) = PCINames.parts(isClasses ? line.dropFirst(2) : line)
        vendor = id
        if !isClasses, wantedVendors.contains(id) { vendors[id] = name }
        if isClasses { classes[id] = name }
        continue
      }
      guard isClasses || wantedVendors.contains(vendor) else { continue }
      let (id, name) = PCINames.parts(line.dropFirst())
      if isClasses, wantedClasses.contains(vendor + id) { classes[vendor + id] = name }
      if !isClasses, wantedDevices.contains("\(vendor):\(id)") { devices["\(vendor):\(id)"] = name }
    }
  }

  /// An id and the name after two blanks.
  private static func parts(_ line: ArraySlice<UInt8>) -> (id: String, name: String) {
    let id = line.prefix { $0 != 0x20 }
    let name = line.dropFirst(id.count).drop { $0 == 0x20 }
    return (String(decoding: id, as: UTF8.self), String(decoding: name, as: UTF8.self))
  }

  /// `Intel Corporation 82574L Gigabit Network Connection`; as much of it as is known, nil where nothing is.
  package func device(_ identity: HostDevice.Identity) -> String? {
    guard let vendor = vendors[identity.vendor] else { return nil }
    return devices["\(identity.vendor):\(identity.device)"].map { "\(vendor) \($0)" } ?? vendor
  }

  /// `Ethernet controller`; the broader class where the exact one has no name.
  package func deviceClass(_ identity: HostDevice.Identity) -> String? {
    classes[String(identity.classCode.prefix(4))] ?? classes[String(identity.classCode.prefix(2))]
  }
}
