/// Many descriptors with one owner.
///
/// Swift's collections hold no owned values, so the table keeps numbers and lends descriptors. Like what it holds, it must be
/// empty when it ends.
@usableFromInline
package struct DescriptorTable: ~Copyable, Sendable {
  /// Where a descriptor is kept.
  @usableFromInline
  package struct Key: Hashable, Sendable {
    @usableFromInline var index: Int32

    @inlinable
    init(index: Int32) { self.index = index }
  }

  /// Below zero where a descriptor was taken out.
  @usableFromInline var numbers: [DescriptorNumber] = []
  /// How many it holds.
  @usableFromInline package internal(set) var count = 0

  @inlinable
  package init() {}

  @inlinable
  deinit { assert(count == 0, "a table of descriptors was lost without closing \(count) of them") }

  /// Makes room for that many.
  @inlinable
  package mutating func reserveCapacity(_ count: Int) { numbers.reserveCapacity(count) }

  /// Takes a descriptor over.
  @inlinable
  package mutating func insert(_ descriptor: consuming Descriptor) -> Key {
    numbers.append(descriptor.relinquish())
    count += 1
    return Key(index: Int32(numbers.count - 1))
  }

  /// Lends a descriptor.
  @inlinable
  package func withDescriptor<Result: ~Copyable, Failure: Error>(
    for key: Key,
    _ body: (borrowing Descriptor) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let lent = Descriptor(adopting: number(of: key))
    do throws(Failure) {
      let result = try body(lent)
      _ = lent.relinquish()
      return result
    } catch {
      _ = lent.relinquish()
      throw error
    }
  }

  /// The number of a descriptor, to name it in a request.
  @inlinable
  package func number(of key: Key) -> DescriptorNumber {
    let number = numbers[Int(key.index)]
    precondition(number.number >= 0, "a descriptor was used after its end")
    return number
  }

  /// Gives a descriptor up to the caller.
  @inlinable
  package mutating func remove(_ key: Key) -> Descriptor {
    let number = number(of: key)
    numbers[Int(key.index)] = DescriptorNumber(-1)
    count -= 1
    return Descriptor(adopting: number)
  }
}
