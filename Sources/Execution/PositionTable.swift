import VFIOTypes

/// Names and their positions, looked up fast in the order plans have: the same name again, or the one after it.
struct PositionTable<Name: Hashable> {
  private var names: [Name] = []
  private var values: [Int32] = []
  private var places: [Name: Int32] = [:]
  /// The place of the name found last.
  private var last = 0

  /// Adds a name; false where it is there.
  mutating func insert(_ name: Name, _ value: Int32) -> Bool {
    let place = Int32(names.count)
    guard places.updateValue(place, forKey: name) == nil else { return false }
    names.append(name)
    values.append(value)
    last = Int(place)
    return true
  }

  /// The position of a name.
  mutating func position(of name: Name) -> Int32? {
    if last < names.count, names[last] == name { return values[last] }
    if last + 1 < names.count, names[last + 1] == name {
      last += 1
      return values[last]
    }
    guard let place = places[name] else { return nil }
    last = Int(place)
    return values[last]
  }

  /// The same without noting where it was.
  subscript(_ name: Name) -> Int32? { places[name].map { values[Int($0)] } }
}

extension PositionTable where Name == String {
  mutating func find(_ name: String) throws(Unresolved) -> Int32 {
    guard let position = position(of: name) else { throw .unknown("container '\(name)'") }
    return position
  }
}

extension PositionTable where Name == PCIAddress {
  mutating func find(_ address: PCIAddress) throws(Unresolved) -> Int32 {
    guard let position = position(of: address) else { throw .unknown("\(address)") }
    return position
  }
}
