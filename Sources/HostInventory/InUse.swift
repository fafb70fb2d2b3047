package import HostDoors
package import VFIOTypes

/// What the host uses its devices for, by PCI function.
///
/// Followed from the user down to the hardware: mount to block device to whatever it is built on to the functions in
/// its path.
package enum InUse {
  /// Every use that the files of a host show.
  package static func find(in files: any HostFiles) -> [PCIAddress: [HostUse]] {
    find(HostText(files: files))
  }

  /// The functions that carry an interface; empty where there is none of that name.
  package static func carriers(ofInterface name: String, in files: any HostFiles) -> [Carrier] {
    NetworkInterfaces(host: HostText(files: files)).carriers(of: name)
  }

  /// The functions that carry a block device, named as the kernel does or by a path below `/dev`.
  package static func carriers(ofBlock name: String, in files: any HostFiles) -> [Carrier] {
    let devices = BlockDevices(host: HostText(files: files))
    return devices.carriers(of: devices.blockName(name.hasPrefix("/") ? name : "/dev/\(name)"))
  }

  static func find(_ host: HostText) -> [PCIAddress: [HostUse]] {
    var uses: [PCIAddress: [HostUse]] = [:]
    let found =
      BlockDevices(host: host).uses() + NetworkInterfaces(host: host).uses() + displays(host) + consoles(host)
    for (use, function) in found where uses[function]?.contains(use) != true {
      uses[function, default: []].append(use)
    }
    return uses
  }

  /// The display that firmware showed its messages on.
  private static func displays(_ host: HostText) -> [(use: HostUse, function: PCIAddress)] {
    (host.names("/sys/bus/pci/devices") ?? []).compactMap { name in
      guard let address = PCIAddress(name),
        host.number("/sys/bus/pci/devices/\(name)/boot_vga", in: 0...1) == 1
      else { return nil }
      return (HostUse(.bootDisplay, ["boot display"]), address)
    }
  }

  /// Frame buffers with the text console on them, and the terminals that kernel messages go to.
  private static func consoles(_ host: HostText) -> [(use: HostUse, function: PCIAddress)] {
    var paths: [(name: String, path: String)] = []
    let isOnFrameBuffer = (host.names("/sys/class/vtconsole") ?? []).contains { name in
      let folder = "/sys/class/vtconsole/\(name)"
      return host.number("\(folder)/bind", in: 0...1) == 1
        && host.text("\(folder)/name")?.hasSuffix("frame buffer device") == true
    }
    if isOnFrameBuffer {
      for name in host.names("/sys/class/graphics") ?? [] where name.hasPrefix("fb") {
        host.resolved("/sys/class/graphics/\(name)").map { paths.append((name, $0)) }
      }
    }
    for name in host.text("/sys/class/tty/console/active")?.split(separator: " ") ?? [] {
      host.resolved("/sys/class/tty/\(name)").map { paths.append((String(name), $0)) }
    }
    return paths.flatMap { name, path in
      Carrier.functions(in: path).map { (HostUse(.console, ["console", name]), $0) }
    }
  }
}
