package import VFIOTypes

/// Positions by PCI address, in the order in which the addresses were given.
///
/// A plan names its groups and devices mostly in ascending order, and a step mostly what the step before it named: neither then costs
/// a search.
package struct AddressTable {
  private var keys: [UInt64] = []
  /// Positions by key, from the first address on that is not above those before it.
  private var unordered: [UInt64: Int32]?
  /// Where the last address was found.
  private var last = 0

  /// A table with room for that many.
  package init(capacity: Int) { keys.reserveCapacity(capacity) }

  private static func key(_ address: PCIAddress) -> UInt64 {
    UInt64(address.domain) << 16 | UInt64(address.bus) << 8 | UInt64(address.devfn)
  }

  /// Adds an address, whose position is how many came before it; false where it is there.
  package mutating func insert(_ address: PCIAddress) -> Bool {
    let key = AddressTable.key(address)
    if unordered == nil, let greatest = keys.last, key <= greatest {
      unordered = Dictionary(uniqueKeysWithValues: zip(keys, 0...))
    }
    if let known = unordered?[key] {
      last = Int(known)
      return false
    }
    unordered?[key] = Int32(keys.count)
    last = keys.count
    keys.append(key)
    return true
  }

  /// The position of an address; nil where it is not there.
  package mutating func position(of address: PCIAddress) -> Int32? {
    let key = AddressTable.key(address)
    if last < keys.count, keys[last] == key { return Int32(last) }
    if last + 1 < keys.count, keys[last + 1] == key {
      last += 1
      return Int32(last)
    }
    guard let found = unordered.map({ $0[key] }) ?? search(key) else { return nil }
    last = Int(found)
    return found
  }

  /// The position of a key among ascending ones.
  private func search(_ key: UInt64) -> Int32? {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low < keys.count && keys[low] == key ? Int32(low) : nil
  }

  /// The position of an address that an earlier step gave.
  mutating func find(_ address: PCIAddress) throws(Unresolved) -> Int32 {
    guard let position = position(of: address) else { throw .unknown("\(address)") }
    return position
  }
}
