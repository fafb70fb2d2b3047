/// Hexadecimal text of unsigned numbers, both ways.
public enum Hexadecimal {
  /// The number as lower-case digits without prefix, padded with zeros to `digits`.
  public static func text(_ value: UInt64, digits: Int = 1) -> String {
    let plain = String(value, radix: 16)
    return plain.utf8.count >= digits
      ? plain : String(repeating: "0", count: digits - plain.utf8.count) + plain
  }

  /// The number behind up to sixteen hexadecimal digits of either case and nothing else.
  public static func value(_ utf8: ArraySlice<UInt8>) -> UInt64? {
    guard !utf8.isEmpty, utf8.count <= 16 else { return nil }
    var result: UInt64 = 0
    for byte in utf8 {
      guard let digit = digit(byte) else { return nil }
      result = result << 4 | UInt64(digit)
    }
    return result
  }

  /// The same with an optional `0x`.
  public static func value(prefixed utf8: ArraySlice<UInt8>) -> UInt64? {
    let start = utf8.startIndex
    let isPrefixed =
      utf8.count >= 2 && utf8[start] == UInt8(ascii: "0") && utf8[start + 1] == UInt8(ascii: "x")
    return value(isPrefixed ? utf8[(start + 2)...] : utf8)
  }

  /// The same from text.
  public static func value(_ text: some StringProtocol) -> UInt64? { value(prefixed: Array(text.utf8)[...]) }

  /// The value of one digit.
  public static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
