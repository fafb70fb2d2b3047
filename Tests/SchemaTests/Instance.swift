/// A JSON value as a test builds it: what a key table allows, or all but.
indirect enum Instance: Sendable {
  case object([(name: String, value: Instance)])
  case array([Instance])
  case string(String)
  /// A number, a truth value or null, as it is written.
  case literal(String)

  /// The text, on one line.
  var json: String {
    switch self {
    case .object(let members):
      "{\(members.map { "\(Instance.quoted($0.name)): \($0.value.json)" }.joined(separator: ", "))}"
    case .array(let items): "[\(items.map(\.json).joined(separator: ", "))]"
    case .string(let text): Instance.quoted(text)
    case .literal(let text): text
    }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\n": "\\n"
      case "\t": "\\t"
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }

  /// One step down: a member by its name, or an item by its position.
  enum Step: Hashable, Sendable {
    case member(String)
    case item(Int)
  }

  /// The value with a part of it changed.
  func changing(_ path: ArraySlice<Step>, _ change: (Instance) -> Instance) -> Instance {
    guard let step = path.first else { return change(self) }
    switch (self, step) {
    case (.object(let members), .member(let name)):
      return .object(
        members.map { member in
          let value = member.name == name ? member.value.changing(path.dropFirst(), change) : member.value
          return (member.name, value)
        }
      )
    case (.array(var items), .item(let index)):
      items[index] = items[index].changing(path.dropFirst(), change)
      return .array(items)
    default: return self
    }
  }

  /// An object with a further member.
  func adding(_ name: String, _ value: Instance) -> Instance {
    guard case .object(let members) = self else { return self }
    return .object(members + [(name, value)])
  }

  /// An object without a member.
  func removing(_ name: String) -> Instance {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.name != name })
  }
}
