/// A number of bytes, read and written with a binary unit: `64GiB`.
public struct ByteCount: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number.
  public var bytes: UInt64

  /// That many bytes.
  public init(_ bytes: UInt64) { self.bytes = bytes }

  /// The units from the largest to the smallest, with the power of two each stands for.
  static let units: [(name: String, shift: UInt64)] = [
    ("EiB", 60), ("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10),
  ]

  /// The count written as a whole number and a unit, `KiB` to `EiB`; nil of any other text and past 16 EiB - 1.
  public init?(_ text: String) { self.init(text[...]) }

  /// The same of a part of a text.
  public init?(_ text: Substring) {
    guard let unit = ByteCount.units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    let digits = text.dropLast(3)
    guard let first = digits.utf8.first, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      first != 0x30 || digits.utf8.count == 1, let number = UInt64(digits)
    else { return nil }
    let (product, overflow) = number.multipliedReportingOverflow(by: 1 << unit.shift)
    guard !overflow else { return nil }
    self.bytes = product
  }

  /// The exact text in the largest unit that divides it, `1536MiB`; plain bytes carry no unit: `4097 bytes`.
  public var description: String { spelled(separator: "") }

  /// The same with a blank before the unit, for sentences: `2 GiB`.
  public var sentence: String { spelled(separator: " ") }

  /// Rounded to one decimal in the unit a person would choose: `65.2 GiB`.
  public var rounded: String {
    guard let unit = ByteCount.units.first(where: { bytes >= 1 << $0.shift }) else { return sentence }
    let whole = bytes >> unit.shift
    let tenths = (bytes & (1 << unit.shift - 1)) >> (unit.shift - 10)
    let rounded = whole * 10 + (tenths * 10 + 512) >> 10
    return rounded % 10 == 0 ? "\(rounded / 10) \(unit.name)" : "\(rounded / 10).\(rounded % 10) \(unit.name)"
  }

  /// The order of the numbers.
  public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

  private func spelled(separator: String) -> String {
    guard bytes > 0, let unit = ByteCount.units.first(where: { bytes & (1 << $0.shift - 1) == 0 }) else {
      return "\(bytes) bytes"
    }
    return "\(bytes >> unit.shift)\(separator)\(unit.name)"
  }
}
