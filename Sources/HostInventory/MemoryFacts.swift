/// Memory and huge pages, node by node.
enum MemoryFacts {
  static func nodes(_ host: HostText) -> [HostSnapshot.MemoryNode]? {
    let base = "/sys/devices/system/node"
    let numbers = (host.names(base) ?? []).compactMap { $0.hasPrefix("node") ? Int($0.dropFirst(4)) : nil }
    guard !numbers.isEmpty else { return whole(host) }
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
    if key == "MemTotal:" { node.total = UInt64(value).map { $0 << 10 } }
    if key == "MemFree:" { node.free = UInt64(value).map { $0 << 10 } }
  }

  /// "hugepages-2048kB" with its counts; nil where the host has no such folder.
  private static func hugePages(_ host: HostText, _ folder: String) -> [HostSnapshot.MemoryNode.HugePages]? {
    guard let names = host.names(folder) else { return nil }
    return names.compactMap { name -> HostSnapshot.MemoryNode.HugePages? in
      guard name.hasPrefix("hugepages-"), name.hasSuffix("kB"),
        let size = UInt64(name.dropFirst(10).dropLast(2)),
        let total = host.number("\(folder)/\(name)/nr_hugepages"),
        let free = host.number("\(folder)/\(name)/free_hugepages")
      else { return nil }
      return .init(size: size << 10, total: UInt64(max(0, total)), free: UInt64(max(0, free)))
    }.sorted { $0.size < $1.size }
  }
}
