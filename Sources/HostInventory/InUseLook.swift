import VFIOTypes

/// Where the look for uses had to stop.
///
/// That no use was found means that there is none only where everything could be looked at.
enum InUseLook {
  /// The functions of which a use may have gone unseen.
  static func hidden(_ host: HostText, _ addresses: [PCIAddress]) -> Set<PCIAddress> {
    guard let interfaces = names(host, "/sys/class/net"), let blocks = names(host, "/sys/class/block") else {
      return Set(addresses)
    }
    var hidden: Set<PCIAddress> = []
    let seesRoutes = host.text("/proc/net/route") != nil
    for name in interfaces {
      let folder = "/sys/class/net/\(name)"
      guard !seesRoutes || host.text("\(folder)/operstate") == nil else { continue }
      guard let functions = functions(of: folder, host) else { return Set(addresses) }
      hidden.formUnion(functions)
    }
    let seesMounts = host.text("/proc/self/mounts") != nil || host.text("/proc/self/mountinfo") != nil
    if !seesMounts || host.text("/proc/swaps") == nil {
      for name in blocks {
        guard let functions = functions(of: "/sys/class/block/\(name)", host) else { return Set(addresses) }
        hidden.formUnion(functions)
      }
    }
    return hidden
  }

  /// The names in a folder of classes; none where the kernel has no such class, nil where it cannot be seen.
  private static func names(_ host: HostText, _ folder: String) -> [String]? {
    if let names = host.names(folder) { return names }
    return host.names("/sys/class") != nil && host.isThere(folder) == false ? [] : nil
  }

  /// The function a device hangs from, if from any; nil where that cannot be followed.
  private static func functions(of device: String, _ host: HostText) -> [PCIAddress]? {
    guard let parts = host.resolved(device)?.split(separator: "/") else { return nil }
    return [parts.last { PCIAddress($0) != nil }.flatMap { PCIAddress($0) }].compactMap(\.self)
  }

  /// Whether it cannot be told that a function is not the boot display: only displays have the file that says it.
  ///
  /// Linux 6.12, drivers/pci/pci-sysfs.c: pci_dev_attrs_are_visible.
  static func hidesDisplay(_ device: HostDevice) -> Bool {
    device.isBootVGA == nil && device.identity?.classCode.hasPrefix("0300") != false
  }
}
