import VFIOTypes

/// Block devices, followed from what is used down to the functions that carry it.
struct BlockDevices {
  let host: HostText

  /// Stacks of this height do not occur; what is higher is a loop.
  private static let height = 16

  /// The functions beneath a block device, through partitions, and through what dm, md and bcache are built from.
  func carriers(of name: String) -> [Carrier] { carriers(of: name, above: []) }

  private func carriers(of name: String, above: [String]) -> [Carrier] {
    guard above.count < BlockDevices.height, let path = host.resolved("/sys/class/block/\(name)"),
      host.exists(path)
    else { return [] }
    var chain = above + [label(of: name, at: path)]
    var folders = [path]
    if host.exists("\(path)/partition") {
      // A partition has no slaves of its own; the disk it is a part of may.
      let disk = path.split(separator: "/").dropLast()
      folders.append("/" + disk.joined(separator: "/"))
      chain.append(disk.last.map(String.init) ?? name)
    }
    var found = functions(at: path).map { Carrier(function: $0, chain: chain) }
    for folder in folders {
      for slave in host.names("\(folder)/slaves") ?? [] { found += carriers(of: slave, above: chain) }
    }
    return found
  }

  private func functions(at path: String) -> [PCIAddress] {
    let direct = Carrier.functions(in: path)
    let parts = path.split(separator: "/")
    guard direct.isEmpty, let subsystem = parts.firstIndex(of: "nvme-subsystem"), subsystem + 1 < parts.count
    else { return direct }
    // A disk with several controllers lies below no function: the subsystem's folder links to its controllers.
    // Linux 6.12, drivers/nvme/host/core.c: nvme_init_subsystem, and multipath.c: nvme_mpath_alloc_disk.
    let folder = "/" + parts[...(subsystem + 1)].joined(separator: "/")
    return (host.names(folder) ?? []).flatMap { name -> [PCIAddress] in
      guard name.hasPrefix("nvme"), name.dropFirst(4).allSatisfy(\.isNumber) else { return [] }
      return host.resolved("\(folder)/\(name)").map { Carrier.functions(in: $0) } ?? []
    }
  }

  /// The kernel's name, with what an administrator knows it by: `dm-0 (vg-root, LUKS)`.
  private func label(of name: String, at path: String) -> String {
    var words: [String] = []
    if let known = host.text("\(path)/dm/name") { words.append(known) }
    // Linux, drivers/md/dm.c keeps what its makers wrote: LVM2 and cryptsetup begin it with their own word.
    if let maker = host.text("\(path)/dm/uuid") {
      if maker.hasPrefix("CRYPT-") { words.append("LUKS") }
      if maker.hasPrefix("LVM-") { words.append("LVM") }
      if maker.hasPrefix("mpath-") { words.append("multipath") }
    }
    if let level = host.text("\(path)/md/level"), !level.isEmpty { words.append(level) }
    return words.isEmpty ? name : "\(name) (\(words.joined(separator: ", ")))"
  }

  // MARK: Uses

  /// Mounted file systems, swap, and devices that something is built on.
  func uses() -> [(use: HostUse, function: PCIAddress)] {
    var found: [(HostUse, PCIAddress)] = []
    for mount in mounts() {
      let kind: HostUse.Kind = mount.place == "/" ? .rootDisk : .mounted
      for name in mount.devices {
        for carrier in carriers(of: name) {
          found.append((HostUse(kind, [mount.place] + carrier.chain), carrier.function))
        }
      }
    }
    for line in (host.lines("/proc/swaps") ?? []).dropFirst() {
      guard let path = line.split(whereSeparator: \.isWhitespace).first, path.hasPrefix("/dev/") else {
        continue
      }
      for carrier in carriers(of: blockName(String(path))) {
        found.append((HostUse(.swap, ["swap"] + carrier.chain), carrier.function))
      }
    }
    for name in host.names("/sys/class/block") ?? [] {
      for holder in host.names("/sys/class/block/\(name)/holders") ?? [] {
        let path = host.resolved("/sys/class/block/\(holder)") ?? holder
        for carrier in carriers(of: name) {
          let use = HostUse(.blockHolder, [label(of: holder, at: path)] + carrier.chain)
          found.append((use, carrier.function))
        }
      }
    }
    return found
  }

  // MARK: Mounts

  private struct Mount {
    var place: String
    var devices: [String]
  }

  /// What is mounted for the first process and for us: a tool in a mount namespace of its own sees less than the host.
  private func mounts() -> [Mount] {
    let tables = ["/proc/1/mountinfo", "/proc/self/mountinfo"].compactMap { host.lines($0) }
    guard !tables.isEmpty else {
      // A saved tree has the shorter table only.
      return (host.lines("/proc/self/mounts") ?? []).compactMap { line in
        let words = line.split(separator: " ")
        guard words.count >= 3, words[0].hasPrefix("/dev/") else { return nil }
        let name = blockName(BlockDevices.unescaped(words[0]))
        return Mount(place: BlockDevices.unescaped(words[1]), devices: devices(of: name, String(words[2])))
      }
    }
    var seen: Set<Substring> = []
    return tables.flatMap(\.self).filter { seen.insert($0).inserted }.compactMap { mount($0) }
  }

  /// A line of `mountinfo`: id, parent, numbers, root, place, options, any number of fields, `-`, type, source, options.
  private func mount(_ line: Substring) -> Mount? {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 6, let dash = words.firstIndex(of: "-"), dash + 2 < words.count else { return nil }
    let source = BlockDevices.unescaped(words[dash + 2])
    // The numbers are right where the source is a name that no longer exists, such as /dev/root; a file system that
    // spans devices has numbers of its own with a major of 0.
    let numbered = host.resolved("/sys/dev/block/\(words[2])").flatMap { path in
      host.exists(path) ? HostText.lastPart(path) : nil
    }
    guard let name = numbered ?? (source.hasPrefix("/dev/") ? blockName(source) : nil) else { return nil }
    return Mount(place: BlockDevices.unescaped(words[4]), devices: devices(of: name, String(words[dash + 1])))
  }

  /// The devices of a file system, where it says that it spans several: btrfs.
  ///
  /// Linux 6.12, fs/btrfs/sysfs.c: btrfs_sysfs_add_device links each device below the file system's `devices`.
  private func devices(of name: String, _ type: String) -> [String] {
    guard type == "btrfs" else { return [name] }
    for volume in host.names("/sys/fs/btrfs") ?? [] {
      let members = host.names("/sys/fs/btrfs/\(volume)/devices") ?? []
      if members.contains(name) { return members }
    }
    return [name]
  }

  /// The kernel's name of a block device; a name below `/dev/mapper` is a link to it.
  func blockName(_ path: String) -> String {
    HostText.lastPart(host.resolved(path) ?? path)
  }

  /// Blanks and backslashes stand as three octal digits in tables of mounts.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
