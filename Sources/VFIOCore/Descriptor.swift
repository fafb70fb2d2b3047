/// The number a kernel knows an open file by.
public struct DescriptorNumber: Hashable, Sendable {
  /// The number.
  public let number: Int32

  /// The descriptor of that number.
  @inlinable
  public init(_ number: Int32) { self.number = number }
}

/// An open container, group or device, owned by whoever holds it.
///
/// It ends by `Kernel.close` alone: a close that fails must be heard, so losing one is a mistake of the program and no way to
/// close it.
@frozen
public struct Descriptor: ~Copyable, Sendable {
  /// The number, to name it in a request.
  public let number: DescriptorNumber

  /// Takes over a descriptor that was just opened.
  @inlinable
  public init(adopting number: DescriptorNumber) { self.number = number }

  @inlinable
  deinit { assertionFailure("a descriptor was lost without being closed") }

  /// Gives up ownership: for a kernel that closes it, or a table that goes on to own it.
  ///
  /// - Returns: the number, owned by the caller from here on.
  @inlinable
  public consuming func relinquish() -> DescriptorNumber {
    let number = number
    discard self
    return number
  }
}
