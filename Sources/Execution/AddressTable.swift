import VFIOTypes

/// Positions by PCI address: a flat table, since a plan of thousands of devices asks it for every step.
struct AddressTable: Sendable {
  /// An address and one, so that 0 is a free place; beside it the position.
  private var places: [(key: UInt64, position: Int32)] = []
  private var count = 0

  /// A table that takes that many without growing.
  init(capacity: Int = 16) {
    var size = 32
    while size < 2 * capacity { size *= 2 }
    places = Array(repeating: (0, 0), count: size)
  }

  private static func key(_ address: PCIAddress) -> UInt64 {
    (UInt64(address.domain) << 16 | UInt64(address.bus) << 8 | UInt64(address.devfn)) + 1
  }

  /// The place of a key, or the free one where it belongs.
  ///
  /// The high bits of the product depend on all of the key's.
  private func place(of key: UInt64) -> Int {
    let mask = places.count - 1
    var place = Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
    while places[place].key != 0 && places[place].key != key { place = (place + 1) & mask }
    return place
  }

  /// The position of an address.
  subscript(_ address: PCIAddress) -> Int32? {
    let found = places[place(of: AddressTable.key(address))]
    return found.key == 0 ? nil : found.position
  }

  /// Adds an address; false where it is there.
  mutating func insert(_ address: PCIAddress, _ position: Int32) -> Bool {
    if 2 * count >= places.count { grow() }
    let key = AddressTable.key(address)
    let place = place(of: key)
    guard places[place].key == 0 else { return false }
    places[place] = (key, position)
    count += 1
    return true
  }

  private mutating func grow() {
    let old = places
    places = Array(repeating: (0, 0), count: 2 * old.count)
    for entry in old where entry.key != 0 { places[place(of: entry.key)] = entry }
  }

  /// The position of an address that an earlier step gave.
  func find(_ address: PCIAddress) throws(Unresolved) -> Int32 {
    guard let position = self[address] else { throw .unknown("\(address)") }
    return position
  }
}
