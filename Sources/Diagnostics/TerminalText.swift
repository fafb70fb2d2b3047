/// Text from outside made fit for a terminal: what cannot be seen is shown as its number, so that no file or kernel
/// can move the cursor, colour a line or turn it around.
package enum TerminalText {
  /// The text with every control and bidirectional character replaced by `\u{1b}` and the like.
  package static func escaped(_ text: some StringProtocol) -> String {
    guard text.unicodeScalars.contains(where: needsEscape) else { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars {
      if needsEscape(scalar) {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The same from bytes; what is no UTF-8 is shown as the replacement character.
  package static func escaped(_ bytes: ArraySlice<UInt8>) -> String {
    escaped(String(decoding: bytes, as: UTF8.self))
  }

  private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f...0x9f, 0x200b...0x200f, 0x061c, 0x2028...0x202e, 0x2060...0x2069, 0xfeff,
      0xfff9...0xfffb,
      0xe0000...0xe007f:
      true
    default: false
    }
  }
}
