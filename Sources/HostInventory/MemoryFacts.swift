/// Memory and huge pages, node by node.
enum MemoryFacts {
  static func nodes(_ host: HostText) -> [HostSnapshot.MemoryNode]? {
    let base = "/sys/devices/system/node"
    let numbers = (host.names(base) ?? []).compactMap { $0.hasPrefix("node") ? Int($0.dropFirst(4)) : nil }
      .filter { (0...1023).contains($0) }
    guard !numbers.isEmpty else { return host.isThere(base) == false ? whole(host) : nil }
    return numbers.sorted().map { number in
      let folder = "\(base)/node\(number)"
      var node = HostSnapshot.MemoryNode(number: number)
      // "Node 0 MemTotal:         992296 kB"
      for line in host.lines("\(folder)/meminfo") ?? [] {
        let words = line.split(separator: " ")
        guard words.count >= 4 else { continue }
        take(words[2], words[3], &node)
      }
      node.hugePages = hugePages(host, "\(folder)/hugepages")
      return node
    }
  }

  /// A host without NUMA folders: all its memory as node 0.
  private static func whole(_ host: HostText) -> [HostSnapshot.MemoryNode]? {
    guard let lines = host.lines("/proc/meminfo") else { return nil }
    var node = HostSnapshot.MemoryNode(number: 0)
    for line in lines {
      let words = line.split(separator: " ")
      guard words.count >= 2 else { continue }
      take(words[0], words[1], &node)
    }
    node.hugePages = hugePages(host, "/sys/kernel/mm/hugepages")
    return [node]
  }

  private static func take(_ key: Substring, _ value: Substring, _ node: inout HostSnapshot.MemoryNode) {
    if key == "MemTotal:" { node.total = bytes(value) }
    if key == "MemFree:" { node.free = bytes(value) }
  }

  /// Kilobytes as bytes; nil where the number is none or too large to be true.
  private static func bytes(_ kilobytes: Substring) -> UInt64? {
    UInt64(kilobytes).flatMap { $0 < 1 << 52 ? $0 << 10 : nil }
  }

  /// "hugepages-2048kB" with its counts; nil where the host has no such folder.
  private static func hugePages(_ host: HostText, _ folder: String) -> [HostSnapshot.MemoryNode.HugePages]? {
    guard let names = host.names(folder) else { return nil }
    return names.compactMap { name -> HostSnapshot.MemoryNode.HugePages? in
      guard name.hasPrefix("hugepages-"), name.hasSuffix("kB"),
        let size = bytes(name.dropFirst(10).dropLast(2)), size > 0,
        let total = host.number("\(folder)/\(name)/nr_hugepages", in: 0...Int.max),
        let free = host.number("\(folder)/\(name)/free_hugepages", in: 0...Int.max)
      else { return nil }
      return .init(size: size, total: UInt64(total), free: UInt64(free))
    }.sorted { $0.size < $1.size }
  }
}
