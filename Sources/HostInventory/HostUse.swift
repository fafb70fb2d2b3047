package import VFIOTypes

/// One use the host makes of a PCI function.
package struct HostUse: Hashable, Sendable {
  /// The classes of use; a snapshot lists them by these words.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case rootDisk = "root-disk"
    case mounted, swap
    /// Something is built on it: a volume group, a mapping, an array.
    case blockHolder = "block-holder"
    case defaultRoute = "default-route"
    case interfaceUp = "interface-up"
    case bondOrBridgeMember = "bond-or-bridge-member"
    case bootDisplay = "boot-display"
    case console
  }

  package var kind: Kind
  /// What uses it and what lies between, the user first: `/`, `dm-0 (vg-root)`, `sda2`, `sda`.
  package var chain: [String]

  package init(_ kind: Kind, _ chain: [String]) {
    self.kind = kind
    self.chain = chain
  }

  /// The chain in words: `'/' on dm-0 (vg-root) on sda2 on sda`.
  package var words: String {
    chain.enumerated().map { $0 == 0 ? "'\($1)'" : $1 }.joined(separator: " on ")
  }
}

/// A function that carries a network interface or a block device.
package struct Carrier: Hashable, Sendable {
  package var function: PCIAddress
  /// What lies between, the user first.
  package var chain: [String]

  package init(function: PCIAddress, chain: [String]) {
    self.function = function
    self.chain = chain
  }

  /// The functions a device's path hangs from that it cannot do without and that are no bridges.
  ///
  /// The last one is its own. One that makes a PCI domain of its own (Intel VMD) is followed by that domain's root,
  /// `pci10000:e0`; taking it takes all behind it.
  static func functions(in path: String) -> [PCIAddress] {
    let parts = path.split(separator: "/")
    let last = parts.lastIndex { PCIAddress($0) != nil }
    return parts.indices.compactMap { index in
      guard let address = PCIAddress(parts[index]) else { return nil }
      let makesDomain = index + 1 < parts.endIndex && parts[index + 1].hasPrefix("pci")
      return index == last || makesDomain ? address : nil
    }
  }
}
