import VFIOTypes

extension TextShape {
  /// Whether a text has the shape; the same language as `pattern`, without a regular expression at run time.
  package func matches(_ text: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .name:
      guard let first = text.first, first.isSmallLetter else { return false }
      return text.allSatisfy { $0.isSmallLetter || $0.isDecimalDigit || $0 == UInt8(ascii: "-") }
    case .number:
      return text.count <= 4 && TextShape.isWholeNumber(text)
    case .pciAddress: return PCIAddress(utf8: text) != nil
    case .size:
      let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
      return text.count > 3 && units.contains { text.suffix(3).elementsEqual($0.utf8) }
        && TextShape.isWholeNumber(text.dropLast(3))
    case .uuid: return TextShape.isUUID(text)
    case .hex2: return text.count == 2 && text.allSatisfy(\.isSmallHexDigit)
    case .hex4: return text.count == 4 && text.allSatisfy(\.isSmallHexDigit)
    case .hex6: return text.count == 6 && text.allSatisfy(\.isSmallHexDigit)
    case .hexNumber:
      return text.starts(with: "0x".utf8) && (3...18).contains(text.count)
        && text.dropFirst(2).allSatisfy(\.isSmallHexDigit)
    case .version: return TextShape.isVersion(text)
    case .date: return TextShape.isDate(text)
    case .relativePath:
      guard let first = text.first, first != UInt8(ascii: "/") else { return false }
      return text.split(separator: UInt8(ascii: "/")).allSatisfy { !$0.elementsEqual("..".utf8) }
        && !text.contains(0x0a)
    }
  }

  private static func isWholeNumber(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = text.first else { return false }
    return text.allSatisfy(\.isDecimalDigit) && (first != UInt8(ascii: "0") || text.count == 1)
  }

  private static func isUUID(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isSmallHexDigit) }
  }

  private static func isVersion(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return (1...4).contains(parts.count)
      && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isDecimalDigit) }
  }

  private static func isDate(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy(\.isDecimalDigit) }) else {
      return false
    }
    let month = Int(String(decoding: parts[1], as: UTF8.self)) ?? 0
    let day = Int(String(decoding: parts[2], as: UTF8.self)) ?? 0
    return (1...12).contains(month) && (1...31).contains(day)
  }
}

extension UInt8 {
  var isSmallLetter: Bool { (0x61...0x7a).contains(self) }
  var isDecimalDigit: Bool { (0x30...0x39).contains(self) }
  var isSmallHexDigit: Bool { isDecimalDigit || (0x61...0x66).contains(self) }
}
