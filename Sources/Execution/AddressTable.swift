public import VFIOTypes

/// PCI addresses by position, in the order in which they were given, and their positions by address.
///
/// A plan names its groups and devices mostly in ascending order, and a step mostly what the step before it named: neither then costs
/// a search.
@usableFromInline
package struct AddressTable: Sendable {
  /// The addresses.
  @usableFromInline package private(set) var addresses: [PCIAddress] = []
  /// Positions by key, from the first address on that is not above those before it.
  private var unordered: [UInt64: Int32]?
  /// Where the last address was found.
  private var last = 0

  package init() {}

  /// Makes room for that many.
  package mutating func reserveCapacity(_ count: Int) { addresses.reserveCapacity(count) }

  private static func key(_ address: PCIAddress) -> UInt64 {
    UInt64(address.domain) << 16 | UInt64(address.bus) << 8 | UInt64(address.devfn)
  }

  private func key(at position: Int) -> UInt64 { AddressTable.key(addresses[position]) }

  /// Adds an address, whose position is how many came before it; false where it is there.
  package mutating func insert(_ address: PCIAddress) -> Bool {
    let key = AddressTable.key(address)
    if unordered == nil, !addresses.isEmpty, key <= self.key(at: addresses.count - 1) {
      unordered = Dictionary(uniqueKeysWithValues: zip(addresses.map { AddressTable.key($0) }, 0...))
    }
    if let known = unordered?[key] {
      last = Int(known)
      return false
    }
    unordered?[key] = Int32(addresses.count)
    last = addresses.count
    addresses.append(address)
    return true
  }

  /// The position of an address; nil where it is not there.
  package mutating func position(of address: PCIAddress) -> Int32? {
    let key = AddressTable.key(address)
    for near in [last, last + 1] where near < addresses.count && self.key(at: near) == key {
      last = near
      return Int32(near)
    }
    guard let found = unordered.map({ $0[key] }) ?? search(key) else { return nil }
    last = Int(found)
    return found
  }

  /// The position of a key among ascending ones.
  private func search(_ key: UInt64) -> Int32? {
    var low = 0
    var high = addresses.count
    while low < high {
      let middle = (low + high) / 2
      if self.key(at: middle) < key { low = middle + 1 } else { high = middle }
    }
    return low < addresses.count && self.key(at: low) == key ? Int32(low) : nil
  }

  /// The position of an address that an earlier step gave.
  mutating func find(_ address: PCIAddress) throws(Unresolved) -> Int32 {
    guard let position = position(of: address) else { throw .unknown("\(address)") }
    return position
  }
}
