import Diagnostics

/// One pass over the bytes before libyaml sees them: valid UTF-8, and no character that cannot be seen for what it is.
struct TextCheck {
  /// Where the first byte stands that begins no character.
  var invalid: Range<Int>?
  /// Characters that are refused, at most `TextCheck.most` of them.
  var forbidden: [(range: Range<Int>, scalar: UInt32)] = []
  /// Then a character of the text is a byte of it.
  var isASCII = true
  /// Whether a control character is among the forbidden: libyaml would stop there.
  var hasControl = false

  static let most = 10

  init(_ bytes: [UInt8], decoded: Bool = false) {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe scan(buffer, decoded: decoded)
    }
  }

  private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, decoded: Bool) {
    var index = 0
    let count = bytes.count
    while index < count {
      // Nearly all of a text is plain: eight such bytes are passed at once.
      while index + 8 <= count, unsafe TextCheck.arePlain(eight: bytes, at: index) { index += 8 }
      guard index < count else { break }
      let byte = unsafe bytes[index]
      if byte >= 0x20 && byte < 0x7f {
        index += 1
        continue
      }
      if byte < 0x80 {
        // A decoded scalar may hold what an escape says, but no NUL and no escape character either.
        if byte != 0x0a && byte != 0x09 && byte != 0x0d {
          refuse(index..<(index + 1), UInt32(byte), control: true)
        }
        index += 1
        continue
      }
      isASCII = false
      guard let (scalar, length) = unsafe TextCheck.character(bytes, at: index) else {
        invalid = index..<(index + 1)
        return
      }
      if TextCheck.isForbidden(scalar, at: index, decoded: decoded) {
        refuse(index..<(index + length), scalar, control: scalar < 0xa0)
      }
      index += length
    }
  }

  /// Whether eight bytes are all printable ASCII or line ends.
  ///
  /// They are looked at as one number: once none has its uppermost bit, sums and differences stay within their bytes and
  /// leave the answer in that bit.
  @inline(__always)
  private static func arePlain(eight bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    let word = unsafe UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self)
    let ones: UInt64 = 0x0101_0101_0101_0101
    let top = ones &* 0x80
    guard word & top == 0 else { return false }
    let isFromSpaceOn = (word | top) &- ones &* 0x20
    let isNoLineEnd = (word ^ ones &* 0x0a) &+ ones &* 0x7f
    let isNoDelete = (word ^ ones &* 0x7f) &+ ones &* 0x7f
    return (isFromSpaceOn | ~isNoLineEnd) & isNoDelete & top == top
  }

  private mutating func refuse(_ range: Range<Int>, _ scalar: UInt32, control: Bool) {
    hasControl = hasControl || control
    if forbidden.count < TextCheck.most { forbidden.append((range, scalar)) }
  }

  /// C1 controls, the bidirectional marks, embeddings, overrides and isolates, and a byte order mark that is not the
  /// first character.
  private static func isForbidden(_ scalar: UInt32, at index: Int, decoded: Bool) -> Bool {
    switch scalar {
    case 0x80...0x9f, 0x200e, 0x200f, 0x061c, 0x202a...0x202e, 0x2066...0x2069, 0x2028, 0x2029, 0xfffe,
      0xffff:
      true
    case 0xfeff: index != 0 || decoded
    default: false
    }
  }

  /// The character whose first byte is at `index`, with its length; nil where the bytes are not UTF-8.
  private static func character(
    _ bytes: UnsafeBufferPointer<UInt8>,
    at index: Int
  ) -> (scalar: UInt32, length: Int)? {
    let first = unsafe bytes[index]
    let length: Int
    var scalar: UInt32
    switch first {
    case 0xc2...0xdf: (length, scalar) = (2, UInt32(first & 0x1f))
    case 0xe0...0xef: (length, scalar) = (3, UInt32(first & 0x0f))
    case 0xf0...0xf4: (length, scalar) = (4, UInt32(first & 0x07))
    default: return nil
    }
    guard index + length <= bytes.count else { return nil }
    for offset in 1..<length {
      let byte = unsafe bytes[index + offset]
      guard byte & 0xc0 == 0x80 else { return nil }
      scalar = scalar << 6 | UInt32(byte & 0x3f)
    }
    // Overlong forms, surrogates and numbers past the last character.
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard scalar >= least, scalar <= 0x10ffff, !(0xd800...0xdfff).contains(scalar) else { return nil }
    return (scalar, length)
  }
}
