/// Turns libyaml's marks, which count characters, into byte offsets.
///
/// Marks come nearly in order, so a cursor walks from the last answer; in a text of ASCII alone they are equal.
struct BytePosition {
  private let bytes: [UInt8]
  private let isASCII: Bool
  private var character = 0
  private var offset: Int

  init(_ bytes: [UInt8], isASCII: Bool) {
    self.bytes = bytes
    self.isASCII = isASCII
    self.offset = BytePosition.markLength(bytes)
  }

  /// The bytes of a byte order mark at the start.
  static func markLength(_ bytes: [UInt8]) -> Int { bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0 }

  mutating func byte(ofCharacter index: Int) -> UInt32 {
    guard !isASCII else { return UInt32(min(index, bytes.count)) }
    while character < index && offset < bytes.count {
      offset += 1
      while offset < bytes.count && bytes[offset] & 0xc0 == 0x80 { offset += 1 }
      character += 1
    }
    while character > index && offset > 0 {
      offset -= 1
      while offset > 0 && bytes[offset] & 0xc0 == 0x80 { offset -= 1 }
      character -= 1
    }
    return UInt32(offset)
  }
}
