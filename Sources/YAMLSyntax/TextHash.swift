/// FNV-1a: equal texts have equal hashes, and nothing depends on the order it gives.
@usableFromInline package enum TextHash {
  @inlinable
  package static func of(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    return hash
  }

  @inlinable
  package static func of(_ text: [UInt8]) -> UInt64 { of(text, text.indices) }
}
