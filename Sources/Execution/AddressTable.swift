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
  /// The greatest key so far; -1 before the first.
  private var greatest: Int64 = -1
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
  @inline(__always)
  package mutating func insert(_ address: PCIAddress) -> Bool {
    let key = AddressTable.key(address)
    guard Int64(bitPattern: key) > greatest else { return insertUnordered(address, key) }
    greatest = Int64(bitPattern: key)
    last = addresses.count
    addresses.append(address)
    if unordered != nil { unordered?[key] = Int32(last) }
    return true
  }

  private mutating func insertUnordered(_ address: PCIAddress, _ key: UInt64) -> Bool {
    if unordered == nil {
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
  @inline(__always)
  package mutating func position(of address: PCIAddress) -> Int32? {
    if last < addresses.count, addresses[last] == address { return Int32(last) }
    return searched(address)
  }

  private mutating func searched(_ address: PCIAddress) -> Int32? {
    if last + 1 < addresses.count, addresses[last + 1] == address {
      last += 1
      return Int32(last)
    }
    let key = AddressTable.key(address)
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
  @inline(__always)
  mutating func find(_ address: PCIAddress) throws(Unresolved) -> Int32 {
    guard let position = position(of: address) else { throw .unknown("\(address)") }
    return position
  }
}
