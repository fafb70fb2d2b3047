extension Key {
  /// A value as it would be written: the example of the table, or one that follows from type and default.
  package var sample: String { example ?? type.sample(besides: standard) }
}

extension KeyType {
  /// A value of the type, another one than the default where there is a choice.
  ///
  /// - Parameter standard: the default as the file would say it.
  /// - Returns: the text, of one line.
  func sample(besides standard: String?) -> String {
    switch self {
    case .integer(let range):
      let preferred = standard.flatMap { Int($0) }.map { $0 + 1 } ?? 1
      return "\(min(max(preferred, range.lowerBound), range.upperBound))"
    case .bool: return standard == "true" ? "false" : "true"
    case .text, .scalar: return "some-text"
    case .shaped(let shape): return shape.sample
    case .words(let words): return words.first { $0 != standard && $0 != "auto" } ?? words.first ?? ""
    case .wordsOr(_, let other): return other.sample(besides: nil)
    case .list(let element): return "[\(element.sample(besides: nil))]"
    case .mapping(let table): return table.sample
    case .named(let shape, let table): return "{\(shape.sample): \(table.sample)}"
    case .free(let element): return "{some-name: \(element.sample(besides: nil))}"
    case .scalarOrMapping(let scalar, _): return scalar.sample(besides: nil)
    }
  }
}

extension KeyTable {
  /// A smallest mapping that says something.
  var sample: String {
    let demanded = keys.filter(\.isRequired).map(\.name) + exactlyOne.compactMap(\.first)
    let some = keys.first { $0.example != nil && $0.name != "use" } ?? keys.first
    let shown = demanded.isEmpty ? [some?.name].compactMap(\.self) : demanded
    let pairs = keys.filter { shown.contains($0.name) }.map { "\($0.name): \($0.sample)" }
    return "{\(pairs.joined(separator: ", "))}"
  }
}

extension TextShape {
  /// A text of the shape, in quotes where some YAML reader takes it for a number.
  var sample: String {
    switch self {
    case .name: "net"
    case .number: "0"
    case .pciAddress: "\"0000:01:00.0\""
    case .size: "64MiB"
    case .uuid: "\"4e6f7420-6120-7265-616c-206f6e652e2e\""
    case .hex2: "\"01\""
    case .hex4: "\"15b3\""
    case .hex6: "\"020000\""
    case .hexNumber: "\"0x80000000\""
    case .version: "\"10.0\""
    case .date: "\"2027-01-31\""
    case .relativePath: "some/file"
    }
  }
}
