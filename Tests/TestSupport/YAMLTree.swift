/// A YAML text as a tree, for generators.
package indirect enum YAMLTree: Sendable {
  case scalar(String)
  case mapping([(key: String, value: YAMLTree)])
  case list([YAMLTree])

  /// A quoted text.
  static func quoted(_ text: some CustomStringConvertible) -> YAMLTree { .scalar("\"\(text)\"") }

  /// The text: the outer layers in block style, what lies below in flow style at random.
  func text(_ random: inout SeededGenerator) -> String {
    var text = ""
    block(0, &text, &random)
    return text
  }

  private var isEmpty: Bool {
    switch self {
    case .scalar: false
    case .mapping(let entries): entries.isEmpty
    case .list(let items): items.isEmpty
    }
  }

  private var isScalar: Bool { if case .scalar = self { true } else { false } }

  private func block(_ depth: Int, _ text: inout String, _ random: inout SeededGenerator) {
    let indent = String(repeating: "  ", count: depth)
    switch self {
    case .scalar(let word): text += "\(indent)\(word)\n"
    case .mapping(let entries):
      for (key, value) in entries {
        if value.isFlow(depth, &random) {
          text += "\(indent)\(key): \(value.flow)\n"
        } else {
          text += "\(indent)\(key):\n"
          value.block(depth + 1, &text, &random)
        }
      }
    case .list(let items):
      for item in items { text += "\(indent)- \(item.flow)\n" }
    }
  }

  /// Whether it stands on the line of its key; what is deep mostly does.
  private func isFlow(_ depth: Int, _ random: inout SeededGenerator) -> Bool {
    isScalar || isEmpty || depth >= 2 && Int.random(in: 0..<10, using: &random) < 2 * depth
  }

  /// On one line.
  private var flow: String {
    switch self {
    case .scalar(let word): word
    case .mapping(let entries):
      "{" + entries.map { "\($0.key): \($0.value.flow)" }.joined(separator: ", ") + "}"
    case .list(let items): "[" + items.map(\.flow).joined(separator: ", ") + "]"
    }
  }
}
