/// Writes JSON text, two blanks a level, in the order it is told.
///
/// A collection may be written on one line (`compact`), which keeps long lists of small things readable.
package struct JSONWriter: Sendable {
  private struct Level {
    var isCompact: Bool
    var isEmpty = true
  }

  package private(set) var bytes: [UInt8] = []
  private var levels: [Level] = []
  /// A key has been written and its value not yet.
  private var awaitsValue = false

  package init() {}

  package mutating func object(compact: Bool = false, _ body: (inout JSONWriter) -> Void) {
    collection("{", "}", compact, body)
  }

  package mutating func array(compact: Bool = false, _ body: (inout JSONWriter) -> Void) {
    collection("[", "]", compact, body)
  }

  package mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(UInt8(ascii: " "))
    awaitsValue = true
  }

  package mutating func string(_ text: some StringProtocol) {
    separate()
    quote(text)
  }

  package mutating func number(_ value: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  package mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  package mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// A number, a truth value or null, as it is already written.
  package mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  /// The text with a newline at its end.
  package func finished() -> [UInt8] { bytes + [0x0a] }

  private mutating func collection(
    _ opening: String,
    _ closing: String,
    _ compact: Bool,
    _ body: (inout JSONWriter) -> Void
  ) {
    separate()
    bytes.append(contentsOf: opening.utf8)
    levels.append(Level(isCompact: compact || levels.last?.isCompact == true))
    body(&self)
    if let level = levels.popLast(), !level.isEmpty, !level.isCompact { newLine() }
    bytes.append(contentsOf: closing.utf8)
  }

  /// What stands before a value or a key: nothing after a key, else a comma and a new line.
  private mutating func separate() {
    guard !awaitsValue else {
      awaitsValue = false
      return
    }
    guard let top = levels.indices.last else { return }
    if !levels[top].isEmpty { bytes.append(UInt8(ascii: ",")) }
    if !levels[top].isCompact {
      newLine()
    } else if !levels[top].isEmpty {
      bytes.append(UInt8(ascii: " "))
    }
    levels[top].isEmpty = false
  }

  private mutating func newLine() {
    bytes.append(0x0a)
    bytes.append(contentsOf: repeatElement(0x20, count: 2 * levels.count))
  }

  /// A text in quotes; what cannot be seen is written as its number, so that the output is safe to show.
  private mutating func quote(_ text: some StringProtocol) {
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: bytes.append(contentsOf: "\\\"".utf8)
      case 0x5c: bytes.append(contentsOf: "\\\\".utf8)
      case 0x0a: bytes.append(contentsOf: "\\n".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0x0d: bytes.append(contentsOf: "\\r".utf8)
      case 0..<0x20, 0x7f...0x9f, 0x200e, 0x200f, 0x061c, 0x2028...0x202e, 0x2066...0x2069, 0xfeff:
        let digits = String(scalar.value, radix: 16)
        bytes.append(contentsOf: "\\u".utf8)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
        bytes.append(contentsOf: digits.utf8)
      default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
