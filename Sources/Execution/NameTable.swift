/// Positions by name; steps mostly name the container that the step before them named.
struct NameTable: Sendable {
  /// What the names are of, for errors.
  private let kind: String
  private var positions: [String: Int32] = [:]
  private var last: (name: String, position: Int32)?

  init(_ kind: String) { self.kind = kind }

  /// The position of a name.
  subscript(_ name: String) -> Int32? { positions[name] }

  /// Adds a name; false where it is there.
  mutating func insert(_ name: String, _ position: Int32) -> Bool {
    guard positions.updateValue(position, forKey: name) == nil else { return false }
    last = (name, position)
    return true
  }

  /// The position of a name that an earlier step gave.
  mutating func find(_ name: String) throws(Unresolved) -> Int32 {
    if let last, last.name == name { return last.position }
    guard let position = positions[name] else { throw .unknown("\(kind) '\(name)'") }
    last = (name, position)
    return position
  }
}
