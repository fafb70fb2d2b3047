/// A set of page sizes as the kernel's bit mask: bit *n* stands for pages of 2^n bytes.
public struct PageSizes: Hashable, Sendable {
  /// The mask.
  public var mask: UInt64

  /// The sizes of a mask.
  public init(mask: UInt64) { self.mask = mask }

  /// The smallest size in bytes, or nil of the empty set.
  public var smallest: UInt64? { mask == 0 ? nil : mask & (~mask &+ 1) }

  /// The largest size in bytes, or nil of the empty set.
  public var largest: UInt64? { mask == 0 ? nil : 1 << UInt64(63 - mask.leadingZeroBitCount) }

  /// The sizes in bytes, ascending.
  public var sizes: [UInt64] { (0..<64).compactMap { mask >> UInt64($0) & 1 == 1 ? 1 << UInt64($0) : nil } }

  /// Whether a size, a power of two, is in the set.
  public func contains(_ size: UInt64) -> Bool { size.nonzeroBitCount == 1 && mask & size != 0 }
}
