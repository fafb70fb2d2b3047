import VFIOTypes

/// The IOMMU groups of a host.
enum GroupFacts {
  /// The groups, ordered by their lowest member; nil where the host says nothing of groups.
  static func groups(_ host: HostText, _ addresses: [PCIAddress]) -> [HostGroup]? {
    let base = "/sys/kernel/iommu_groups"
    // A function says its group and a group its members: what one of them does not show, the other may.
    var members: [UInt32: Set<PCIAddress>] = [:]
    for address in addresses {
      guard let number = host.linkName("/sys/bus/pci/devices/\(address)/iommu_group").flatMap({ UInt32($0) })
      else { continue }
      members[number, default: []].insert(address)
    }
    let names = host.names(base)
    if names == nil && members.isEmpty {
      // Without the folder the kernel has no IOMMU support at all; a tree without /sys says nothing.
      return host.names("/sys/kernel") != nil && host.isThere(base) == false ? [] : nil
    }
    for number in (names ?? []).compactMap({ UInt32($0) }) { members[number, default: []].formUnion([]) }
    let groups = members.sorted { $0.key < $1.key }.map { number, linked in
      group(host, "\(base)/\(number)", number, linked)
    }
    return groups.sorted { left, right in
      guard let one = left.members.first else { return false }
      guard let other = right.members.first else { return true }
      return one < other
    }
  }

  private static func group(
    _ host: HostText,
    _ folder: String,
    _ number: UInt32,
    _ linked: Set<PCIAddress>
  ) -> HostGroup {
    let names = host.names("\(folder)/devices") ?? []
    var group = HostGroup(members: linked.union(names.compactMap { PCIAddress($0) }).sorted())
    group.others = names.filter { PCIAddress($0) == nil }.sorted()
    group.number = IOMMUGroupID(number)
    group.access = host.access("/dev/vfio/\(number)")
    group.type = host.text("\(folder)/type")
    group.name = host.text("\(folder)/name")
    group.reservedRegions = host.lines("\(folder)/reserved_regions").flatMap { lines in
      let regions = lines.compactMap(region)
      // One that is not understood would be handed out.
      return regions.count == lines.count ? regions : nil
    }
    return group
  }

  /// A line such as `0x00000000fee00000 0x00000000feefffff msi`.
  private static func region(_ line: Substring) -> HostGroup.ReservedRegion? {
    let words = line.split(separator: " ")
    guard words.count == 3, let start = Hexadecimal.value(words[0]), let last = Hexadecimal.value(words[1]),
      start <= last, let kind = HostGroup.ReservedRegion.Kind(rawValue: String(words[2]))
    else { return nil }
    return .init(range: IOVARange(start: start, last: last), kind: kind)
  }
}
