import Diagnostics
import HostInventory
import VFIOTypes

/// Writes the first version of a guest file for devices of a host: commented, and saying what it decided.
struct InitialFile {
  var guest: String
  var machine: MachineType
  var memory: ByteCount
  var devices: [PCIAddress]
  /// The snapshot as the file may name it; nil where there is none below its folder.
  var snapshot: String?
  var host: HostSnapshot
  var names: PCINames

  /// The machine that fits a host.
  static func machine(for host: HostSnapshot) -> MachineType {
    switch host.cpu.architecture {
    case .power: MachineType("pseries")
    case .arm, .riscv: MachineType("virt")
    case .s390: MachineType("s390-ccw-virtio")
    case .x86, nil: MachineType("q35")
    }
  }

  var text: String {
    var lines = [
      "# 'vfioplan FILE' checks this file and shows the plan; 'vfioplan FILE --emit qemu' prints arguments.",
      "# Every key is described by 'vfioplan schema guest'.",
      "version: 1",
      "",
    ]
    if let snapshot {
      lines += [
        "host:", "  # The facts it is checked against, below this file's folder; '--host' wins over it.",
        "  snapshot: \(InitialFile.quoted(snapshot))", "",
      ]
    } else {
      lines += [
        "# To check it away from the host: 'vfioplan host snapshot --out host.json', and",
        "# host: {snapshot: host.json}", "",
      ]
    }
    lines += [
      "guests:", "  \(guest):", "    machine: \(machine.text)",
      "    # RAM at boot; all of it is pinned while a device is assigned.", "    memory: \(memory)",
      "    bridges:",
    ]
    lines +=
      machine.family == .pseries ? hostBridges : ["      main:", "        devices:"] + devices.flatMap(entry)
    return lines.joined(separator: "\n") + "\n"
  }

  /// On PAPR each group has a host bridge of its own, since each bridge has DMA mappings of its own.
  private var hostBridges: [String] {
    var groups: [(key: [PCIAddress], devices: [PCIAddress])] = []
    for device in devices {
      let key = members(of: device)
      if let index = groups.firstIndex(where: { $0.key == key && !key.isEmpty }) {
        groups[index].devices.append(device)
      } else {
        groups.append((key, [device]))
      }
    }
    let reason = "      # A host bridge has DMA mappings of its own: one for each IOMMU group."
    return [reason]
      + groups.enumerated().flatMap { position, group in
        ["      phb\(position + 1):", "        index: \(position + 1)", "        devices:"]
          + group.devices.flatMap(entry)
      }
  }

  private func entry(_ address: PCIAddress) -> [String] {
    let indent = "          "
    let device = host.device(at: address)
    var lines: [String] = []
    if let device { lines.append("\(indent)# \(words(device))") }
    lines.append("\(indent)- device: \"\(address)\"")
    if let identity = device?.identity {
      lines.append("\(indent)  # Addresses move; these ids must be found there.")
      lines.append("\(indent)  expect: {vendor: \"\(identity.vendor)\", id: \"\(identity.device)\"}")
    }
    let others = members(of: address).compactMap { host.device(at: $0) }.filter { member in
      !devices.contains(member.address) && member.isBridge != true
    }
    if !others.isEmpty {
      lines += others.map { "\(indent)  # Of its IOMMU group too: \($0.address), \(words($0))" }
      lines.append("\(indent)  # park: bound to vfio-pci and used by nobody; give: the guest gets them too.")
      lines.append("\(indent)  siblings: park")
    }
    return lines
  }

  private func members(of address: PCIAddress) -> [PCIAddress] {
    guard let group = host.device(at: address)?.group, let groups = host.groups else { return [] }
    return groups[group].members
  }

  private func words(_ device: HostDevice) -> String {
    let name = device.identity.flatMap(names.device)
    let driver =
      switch device.driver {
      case .some(.bound(let name)): "driver \(name)"
      case .some(.none): "no driver"
      case nil: "driver unknown"
      }
    let parts = [name, HostList.className(device, names), driver].compactMap(\.self).filter { !$0.isEmpty }
    return TerminalText.escaped(parts.joined(separator: ", "))
  }

  /// A text in double quotes where a plain one could be read as something else.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
        || "-_./".utf8.contains(byte)
    }
    guard !isPlain || text.utf8.first.map({ !(0x61...0x7a).contains($0) }) ?? true else { return text }
    var writer = JSONWriter()
    writer.string(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
