import VFIOTypes

/// The IOMMU groups of a host.
enum GroupFacts {
  /// The groups, ordered by their lowest member; nil where the host says nothing of groups.
  static func groups(_ host: HostText, _ addresses: [PCIAddress]) -> [HostGroup]? {
    let base = "/sys/kernel/iommu_groups"
    guard let names = host.names(base) else {
      // Without the folder the kernel has no IOMMU support at all; a tree without /sys says nothing.
      return host.names("/sys/kernel") == nil ? nil : []
    }
    let groups = names.compactMap { UInt32($0) }.map { group(host, "\(base)/\($0)", $0) }
    return groups.sorted { left, right in
      guard let one = left.members.first else { return false }
      guard let other = right.members.first else { return true }
      return one < other
    }
  }

  private static func group(_ host: HostText, _ folder: String, _ number: UInt32) -> HostGroup {
    let names = host.names("\(folder)/devices") ?? []
    var group = HostGroup(members: names.compactMap { PCIAddress($0) }.sorted())
    group.others = names.filter { PCIAddress($0) == nil }.sorted()
    group.number = IOMMUGroupID(number)
    group.type = host.text("\(folder)/type")
    group.name = host.text("\(folder)/name")
    group.reservedRegions = host.lines("\(folder)/reserved_regions").map { $0.compactMap(region) }
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
