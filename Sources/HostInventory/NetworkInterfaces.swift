import VFIOTypes

/// Network interfaces, followed from what is used down to the functions that carry it.
struct NetworkInterfaces {
  let host: HostText

  private static let height = 16

  /// The functions beneath an interface: its own, or those of what a bond, bridge, team or VLAN is made from.
  func carriers(of name: String) -> [Carrier] { carriers(of: name, above: []) }

  private func carriers(of name: String, above: [String]) -> [Carrier] {
    guard above.count < NetworkInterfaces.height, !above.contains(name),
      let path = host.resolved("/sys/class/net/\(name)"), host.exists(path)
    else { return [] }
    let chain = above + [name]
    var found = Carrier.functions(in: path).map { Carrier(function: $0, chain: chain) }
    // Linux 6.12, net/core/dev.c: __netdev_adjacent_dev_insert links both ways, `upper_X` and `lower_X`.
    for entry in host.names(path) ?? [] where entry.hasPrefix("lower_") {
      found += carriers(of: String(entry.dropFirst(6)), above: chain)
    }
    return found
  }

  /// Default routes, members of bonds and bridges, and interfaces that are up.
  func uses() -> [(use: HostUse, function: PCIAddress)] {
    var found: [(HostUse, PCIAddress)] = []
    for name in defaultRoutes() {
      for carrier in carriers(of: name) {
        found.append((HostUse(.defaultRoute, ["default route"] + carrier.chain), carrier.function))
      }
    }
    for name in host.names("/sys/class/net") ?? [] {
      guard let path = host.resolved("/sys/class/net/\(name)") else { continue }
      for address in Carrier.functions(in: path) {
        if let above = host.linkName("\(path)/master") {
          found.append((HostUse(.bondOrBridgeMember, [above, name]), address))
        }
        if host.text("\(path)/operstate") == "up" {
          found.append((HostUse(.interfaceUp, [name]), address))
        }
      }
    }
    return found
  }

  /// The interfaces whose route is that of everything else, of both families.
  private func defaultRoutes() -> [String] {
    var names: [String] = []
    // Linux 6.12, net/ipv4/fib_trie.c: fib_route_seq_show; the mask is the eighth column.
    for line in (host.lines("/proc/net/route") ?? []).dropFirst() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count > 7, words[1] == "00000000", words[7] == "00000000" else { continue }
      names.append(String(words[0]))
    }
    // Linux 6.12, net/ipv6/route.c: rt6_info_route; the reject route on `lo` has no function beneath it.
    for line in host.lines("/proc/net/ipv6_route") ?? [] {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count > 9, words[1] == "00", words[0].allSatisfy({ $0 == "0" }) else { continue }
      names.append(String(words[9]))
    }
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
