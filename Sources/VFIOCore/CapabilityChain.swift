/// The capabilities behind an information structure: a chain of headers by offsets from the start of the structure.
///
/// `struct vfio_info_cap_header`: id 16 bits, version 16 bits, offset of the next 32 bits, 0 for the last. The bytes come from
/// outside, so an offset outside them or a chain that runs in a circle is an error and never followed.
public struct CapabilityChain: Hashable, Sendable {
  /// One capability with its bytes.
  public struct Capability: Hashable, Sendable {
    /// What it is; the ids of each structure are its own.
    public var id: UInt16
    /// The version of its layout.
    public var version: UInt16
    /// Where its header starts.
    public var offset: Int
  }

  /// The whole structure as the kernel filled it; empty where there is no chain.
  public var bytes: [UInt8]
  /// The offset of the first header; 0 is no chain.
  public var first: UInt32

  /// A chain in the bytes of a structure.
  ///
  /// - Parameters:
  ///   - bytes: the whole structure.
  ///   - first: the offset of the first header.
  public init(bytes: [UInt8] = [], first: UInt32 = 0) {
    self.bytes = bytes
    self.first = first
  }

  /// What is wrong with a chain, as one clause.
  public struct Fault: Error, Hashable, Sendable {
    /// The clause.
    public var what: String

    /// A fault.
    ///
    /// - Parameter what: the clause.
    public init(what: String) { self.what = what }
  }

  /// The capabilities in the order of the chain.
  ///
  /// - Returns: each with its id, version and place.
  /// - Throws: where an offset lies outside the bytes or the chain does not end.
  public func capabilities() throws(Fault) -> [Capability] {
    var found: [Capability] = []
    var offset = Int(first)
    while offset != 0 {
      guard let id = UInt16(at: offset, in: bytes), let version = UInt16(at: offset + 2, in: bytes),
        let next = UInt32(at: offset + 4, in: bytes)
      else {
        throw Fault(what: "a capability at offset \(offset) of \(bytes.count) bytes")
      }
      // A chain of more headers than fit visits one twice.
      guard found.count < bytes.count / 8 else { throw Fault(what: "capabilities that run in a circle") }
      found.append(Capability(id: id, version: version, offset: offset))
      offset = Int(next)
    }
    return found
  }

  /// Four bytes of a capability, nil where they lie outside.
  ///
  /// - Parameters:
  ///   - position: bytes after the header's start.
  ///   - capability: the capability.
  /// - Returns: the number in the machine's order.
  public func word(_ position: Int, of capability: Capability) -> UInt32? {
    UInt32(at: capability.offset + position, in: bytes)
  }

  /// Eight bytes of a capability, nil where they lie outside.
  ///
  /// - Parameters:
  ///   - position: bytes after the header's start.
  ///   - capability: the capability.
  /// - Returns: the number in the machine's order.
  public func long(_ position: Int, of capability: Capability) -> UInt64? {
    UInt64(at: capability.offset + position, in: bytes)
  }
}

extension FixedWidthInteger {
  /// The number at a place of some bytes, in the machine's order, in which its kernel fills structures.
  fileprivate init?(at offset: Int, in bytes: [UInt8]) {
    let width = Self.bitWidth / 8
    guard offset >= 0, offset <= bytes.count - width else { return nil }
    var value: Self = 0
    for index in 0..<width {
      #if _endian(big)
        value = value << 8 | Self(truncatingIfNeeded: bytes[offset + index])
      #else
        value |= Self(truncatingIfNeeded: bytes[offset + index]) << Self(index * 8)
      #endif
    }
    self = value
  }
}
