/// Many descriptors with one owner.
///
/// Swift's collections hold no owned values, so the table keeps numbers and lends descriptors. Like what it holds, it must be
/// empty when it ends.
package struct DescriptorTable: ~Copyable, Sendable {
  /// Where a descriptor is kept.
  package struct Key: Hashable, Sendable {
    fileprivate var index: Int32
  }

  private var numbers: [DescriptorNumber?] = []
  /// How many it holds.
  package private(set) var count = 0

  package init() {}

  deinit { assert(count == 0, "a table of descriptors was lost without closing \(count) of them") }

  /// Makes room for that many.
  package mutating func reserveCapacity(_ count: Int) { numbers.reserveCapacity(count) }

  /// Takes a descriptor over.
  package mutating func insert(_ descriptor: consuming Descriptor) -> Key {
    numbers.append(descriptor.relinquish())
    count += 1
    return Key(index: Int32(numbers.count - 1))
  }

  /// Lends a descriptor.
  package func withDescriptor<Result: ~Copyable, Failure: Error>(
    for key: Key,
    _ body: (borrowing Descriptor) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let number = numbers[Int(key.index)] else {
      preconditionFailure("a descriptor was used after its end")
    }
    let lent = Descriptor(adopting: number)
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
  package func number(of key: Key) -> DescriptorNumber {
    guard let number = numbers[Int(key.index)] else {
      preconditionFailure("a descriptor was used after its end")
    }
    return number
  }

  /// Gives a descriptor up to the caller.
  package mutating func remove(_ key: Key) -> Descriptor {
    guard let number = numbers[Int(key.index)] else { preconditionFailure("a descriptor was removed twice") }
    numbers[Int(key.index)] = nil
    count -= 1
    return Descriptor(adopting: number)
  }
}
