import VFIOTypes

/// What the host uses its devices for: classes of use, by PCI function.
///
/// Followed from the user down to the hardware: mount to block device to whatever it is built on to the functions in
/// its path.
enum InUse {
  static func find(_ host: HostText) -> [PCIAddress: Set<String>] {
    var uses: [PCIAddress: Set<String>] = [:]
    blocks(host, &uses)
    interfaces(host, &uses)
    return uses
  }

  // MARK: Block devices

  private static func blocks(_ host: HostText, _ uses: inout [PCIAddress: Set<String>]) {
    for line in host.lines("/proc/self/mounts") ?? [] {
      let words = line.split(separator: " ")
      guard words.count >= 2, words[0].hasPrefix("/dev/") else { continue }
      let use = words[1] == "/" ? "root-disk" : "mounted"
      mark(blockName(host, String(words[0])), use, host, &uses)
    }
    for line in (host.lines("/proc/swaps") ?? []).dropFirst() {
      guard let path = line.split(whereSeparator: \.isWhitespace).first, path.hasPrefix("/dev/") else {
        continue
      }
      mark(blockName(host, String(path)), "swap", host, &uses)
    }
  }

  /// The kernel's name of a block device; a name below `/dev/mapper` is a link to it.
  private static func blockName(_ host: HostText, _ path: String) -> String {
    HostText.lastPart(host.resolved(path) ?? path)
  }

  /// Marks the functions a block device is on, through partitions, and through what dm and md are built from.
  private static func mark(
    _ name: String,
    _ use: String,
    _ host: HostText,
    _ uses: inout [PCIAddress: Set<String>],
    depth: Int = 0
  ) {
    guard depth < 8, let path = host.resolved("/sys/class/block/\(name)") else { return }
    for address in addresses(in: path) { uses[address, default: []].insert(use) }
    // A partition has no slaves of its own; the disk it is a part of may.
    let disk =
      host.exists("\(path)/partition") ? path.split(separator: "/").dropLast().joined(separator: "/") : nil
    for folder in [path, disk.map { "/\($0)" }].compactMap(\.self) {
      for slave in host.names("\(folder)/slaves") ?? [] { mark(slave, use, host, &uses, depth: depth + 1) }
    }
  }

  // MARK: Network interfaces

  private static func interfaces(_ host: HostText, _ uses: inout [PCIAddress: Set<String>]) {
    let routed = defaultRoutes(host)
    for name in host.names("/sys/class/net") ?? [] {
      guard let path = host.resolved("/sys/class/net/\(name)") else { continue }
      for address in addresses(in: path) {
        if host.text("\(path)/operstate") == "up" { uses[address, default: []].insert("interface-up") }
        if host.exists("\(path)/master") { uses[address, default: []].insert("bond-or-bridge-member") }
        if routed.contains(name) || carries(routed, name, host) {
          uses[address, default: []].insert("default-route")
        }
      }
    }
  }

  /// The interfaces whose route is that of everything else: destination and mask of zeros.
  private static func defaultRoutes(_ host: HostText) -> Set<String> {
    let lines = (host.lines("/proc/net/route") ?? []).dropFirst()
    return Set(
      lines.compactMap { line in
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count > 7, words[1] == "00000000", words[7] == "00000000" else { return nil }
        return String(words[0])
      }
    )
  }

  /// Whether a bond, bridge or VLAN on top of an interface has the route.
  private static func carries(_ routed: Set<String>, _ name: String, _ host: HostText) -> Bool {
    let uppers = (host.names("/sys/class/net/\(name)") ?? []).filter { $0.hasPrefix("upper_") }
    return uppers.contains { upper in
      let above = String(upper.dropFirst(6))
      return routed.contains(above) || (above != name && carries(routed, above, host))
    }
  }

  /// The PCI functions in the path of a device: itself and the bridges it hangs from; only the last is its own.
  private static func addresses(in path: String) -> [PCIAddress] {
    path.split(separator: "/").last { PCIAddress($0) != nil }.flatMap { PCIAddress($0) }.map { [$0] } ?? []
  }
}
