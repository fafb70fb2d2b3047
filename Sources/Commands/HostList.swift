import Diagnostics
import HostInventory
import VFIOTypes

/// The groups of a host as a table.
enum HostList {
  private struct Row {
    var address: String
    var driver: String
    var ids: String
    var className: String
    var name: String
    var use: String
  }

  static func text(_ snapshot: HostSnapshot, names: PCINames, palette: Palette) -> String {
    let rows = snapshot.devices.map { row($0, names) }
    let drivers = rows.map(\.driver.unicodeScalars.count).max() ?? 0
    let classes = min(32, rows.map(\.className.unicodeScalars.count).max() ?? 0)
    func lines(_ members: [Int]) -> String {
      members.map { index in
        let row = rows[index]
        let use = row.use.isEmpty ? "" : "  " + palette.paint("in use: \(row.use)", .warning)
        let head = "  \(row.address)  \(padded(row.driver, drivers))  \(row.ids)"
        return head + "  \(padded(row.className, classes))  \(row.name)".trimmedEnd + use + "\n"
      }.joined()
    }
    var text = ""
    for (position, group) in (snapshot.groups ?? []).enumerated() {
      let members = snapshot.devices.indices.filter { snapshot.devices[$0].group == position }
      let number = group.number.map { " \($0)" } ?? ""
      let others = group.others.isEmpty ? "" : "  also \(group.others.joined(separator: ", "))"
      text +=
        palette.paint("group\(number)", .emphasis) + TerminalText.escaped(others) + "\n" + lines(members)
    }
    let alone = snapshot.devices.indices.filter { snapshot.devices[$0].group == nil }
    if !alone.isEmpty {
      let head = snapshot.groups == nil ? "groups are not known" : "in no group: cannot be assigned"
      text += palette.paint(head, .emphasis) + "\n" + lines(alone)
    }
    return text.isEmpty ? "no PCI functions\n" : text
  }

  private static func row(_ device: HostDevice, _ names: PCINames) -> Row {
    let driver =
      switch device.driver {
      case .some(.bound(let name)): name
      case .some(.none): "-"
      case nil: "?"
      }
    return Row(
      address: device.address.description,
      driver: TerminalText.escaped(driver),
      ids: device.identity.map { "\($0.vendor):\($0.device)" } ?? "????:????",
      className: TerminalText.escaped(HostList.className(device, names)),
      name: TerminalText.escaped(device.identity.flatMap(names.device) ?? ""),
      use: TerminalText.escaped((device.inUse ?? []).joined(separator: ", "))
    )
  }

  /// The class in words; its number where no names are installed.
  static func className(_ device: HostDevice, _ names: PCINames) -> String {
    device.identity.map { names.deviceClass($0) ?? "class \($0.classCode.prefix(4))" } ?? ""
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
  }
}

extension String {
  /// Without the blanks at its end.
  fileprivate var trimmedEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
