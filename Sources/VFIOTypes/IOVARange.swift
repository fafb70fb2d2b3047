/// A range of bus addresses, both ends included, as the kernel reports them.
public struct IOVARange: Hashable, Sendable, CustomStringConvertible {
  /// The first address.
  public var start: UInt64
  /// The last address.
  public var last: UInt64

  /// A range that has at least one address.
  public init(start: UInt64, last: UInt64) {
    precondition(start <= last, "a range starts before it ends")
    self.start = start
    self.last = last
  }

  /// Whether the whole of another range lies in it.
  public func contains(_ other: IOVARange) -> Bool { start <= other.start && other.last <= last }

  /// Whether they share an address.
  public func overlaps(_ other: IOVARange) -> Bool { start <= other.last && other.start <= last }

  /// The text as above.
  public var description: String { "0x\(Hexadecimal.text(start))-0x\(Hexadecimal.text(last))" }
}
