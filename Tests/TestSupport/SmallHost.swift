package import VFIOTypes

/// A made-up host: a boot display, a NIC, a disk, a NIC of two functions in one group, a NIC with virtual functions.
package enum SmallHost {
  package static let display = PCIAddress(domain: 0, bus: 0, device: 2, function: 0)
  package static let nic = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)
  package static let disk = PCIAddress(domain: 0, bus: 2, device: 0, function: 0)
  package static let pair = [
    PCIAddress(domain: 0, bus: 3, device: 0, function: 0),
    PCIAddress(domain: 0, bus: 3, device: 0, function: 1),
  ]
  package static let parent = PCIAddress(domain: 0, bus: 4, device: 0, function: 0)

  package static let tree: TreeFiles = {
    var tree = TreeFiles(text: "")
    for driver in ["e1000e", "igb", "nouveau", "nvme", "vfio-pci"] {
      tree.putFolder("/sys/bus/pci/drivers/\(driver)")
    }
    tree.putFile("/sys/bus/pci/drivers_probe", "", mode: 0o200)
    tree.putFolder("/sys/class/vfio-dev")
    put(display, driver: nil, group: 0, ids: ("0x1234", "0x1111"), classCode: "0x030000", &tree)
    tree.putFile("\(folder(display))/boot_vga", "1\n")
    put(nic, driver: "e1000e", group: 1, ids: ("0x8086", "0x10d3"), classCode: "0x020000", &tree)
    put(disk, driver: "nvme", group: 2, ids: ("0x1b36", "0x0010"), classCode: "0x010802", &tree)
    for function in pair {
      put(function, driver: "e1000e", group: 3, ids: ("0x8086", "0x10d3"), classCode: "0x020000", &tree)
    }
    put(parent, driver: "igb", group: 4, ids: ("0x8086", "0x10c9"), classCode: "0x020000", &tree)
    tree.putFile("\(folder(parent))/sriov_totalvfs", "7\n")
    tree.putFile("\(folder(parent))/sriov_numvfs", "0\n")
    interface("eth0", below: nic, &tree)
    interface("eth1", below: pair[0], &tree)
    interface("eth2", below: pair[1], &tree)
    interface("eth3", below: parent, &tree)
    block("nvme0n1", at: "\(folder(disk))/nvme/nvme0/nvme0n1", &tree)
    block("nvme0n1p1", at: "\(folder(disk))/nvme/nvme0/nvme0n1/nvme0n1p1", &tree)
    tree.putFile("\(folder(disk))/nvme/nvme0/nvme0n1/nvme0n1p1/partition", "1\n")
    tree.putFile("/proc/self/mounts", "rootfs / rootfs rw 0 0\n")
    tree.putFile("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n")
    tree.putFile(
      "/proc/net/route",
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
    )
    tree.putFile("/proc/sys/kernel/random/boot_id", "6e5f1c52-0b0d-4c4e-9a44-9b4a0c8d1f00\n")
    tree.putDevice("/dev/vfio/vfio", major: 10, minor: 196, mode: 0o666)
    return tree
  }()

  package static func folder(_ address: PCIAddress) -> String { "/sys/devices/pci0000:00/\(address)" }

  private static func put(
    _ address: PCIAddress,
    driver: String?,
    group: Int,
    ids: (vendor: String, device: String),
    classCode: String,
    _ tree: inout TreeFiles
  ) {
    let folder = folder(address)
    tree.putFile("\(folder)/vendor", "\(ids.vendor)\n")
    tree.putFile("\(folder)/device", "\(ids.device)\n")
    tree.putFile("\(folder)/class", "\(classCode)\n")
    tree.putFile("\(folder)/driver_override", "(null)\n")
    tree.putFile("\(folder)/uevent", (driver.map { "DRIVER=\($0)\n" } ?? "") + "PCI_SLOT_NAME=\(address)\n")
    tree.putFile("\(folder)/config", bytes: [UInt8](repeating: 0, count: 64))
    tree.putLink("\(folder)/iommu_group", to: "../../../kernel/iommu_groups/\(group)")
    tree.putLink("/sys/bus/pci/devices/\(address)", to: "../../../devices/pci0000:00/\(address)")
    tree.putLink(
      "/sys/kernel/iommu_groups/\(group)/devices/\(address)",
      to: "../../../../devices/pci0000:00/\(address)"
    )
    guard let driver else { return }
    tree.putLink("\(folder)/driver", to: "../../../bus/pci/drivers/\(driver)")
    tree.putLink("/sys/bus/pci/drivers/\(driver)/\(address)", to: "../../../../devices/pci0000:00/\(address)")
  }

  package static func interface(_ name: String, below address: PCIAddress, _ tree: inout TreeFiles) {
    tree.putFile("\(folder(address))/net/\(name)/operstate", "down\n")
    tree.putLink("/sys/class/net/\(name)", to: "../../devices/pci0000:00/\(address)/net/\(name)")
  }

  /// A bond, bridge or VLAN on top of an interface.
  package static func stack(_ name: String, on lower: String, _ tree: inout TreeFiles) {
    tree.putFolder("/sys/devices/virtual/net/\(name)")
    tree.putLink("/sys/class/net/\(name)", to: "../../devices/virtual/net/\(name)")
    tree.putLink("/sys/devices/virtual/net/\(name)/lower_\(lower)", to: "../\(lower)")
  }

  package static func block(_ name: String, at path: String, _ tree: inout TreeFiles) {
    tree.putFolder("\(path)/holders")
    tree.putFolder("\(path)/slaves")
    tree.putLink("/sys/class/block/\(name)", to: "../..\(path.dropFirst(4))")
    tree.putFile("/dev/\(name)", "")
  }

  /// A device-mapper or md device on top of others.
  package static func map(
    _ name: String,
    on lowers: [String],
    _ files: [String: String],
    _ tree: inout TreeFiles
  ) {
    let path = "/sys/devices/virtual/block/\(name)"
    block(name, at: path, &tree)
    for (file, text) in files { tree.putFile("\(path)/\(file)", "\(text)\n") }
    for lower in lowers {
      guard let below = try? tree.resolved("/sys/class/block/\(lower)") else { continue }
      tree.putLink("\(path)/slaves/\(lower)", to: below)
      tree.putLink("\(below)/holders/\(name)", to: path)
    }
  }
}
