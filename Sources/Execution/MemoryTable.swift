import VFIOCore

/// Memory that steps took, with one owner.
///
/// Swift's collections hold no owned values, so the table keeps what names each and lends it.
@usableFromInline
struct MemoryTable: ~Copyable, Sendable {
  @usableFromInline
  struct Entry: Sendable {
    var address: UInt64
    var size: UInt64
    var pageSize: UInt64
    var file: DescriptorNumber?
  }

  @usableFromInline var entries: [Entry?]

  init(count: Int) { entries = Array(repeating: nil, count: count) }

  // What is inlined where a table ends must be so itself: the executor's end is.
  @inlinable
  deinit { assert(entries.allSatisfy { $0 == nil }, "a table of memory was lost without giving it back") }

  /// Takes memory over.
  mutating func insert(_ memory: consuming Memory, at position: Int32) {
    entries[Int(position)] = Entry(
      address: memory.address,
      size: memory.size,
      pageSize: memory.pageSize,
      file: memory.file
    )
    memory.relinquish()
  }

  /// Some memory; nil where it was not taken yet.
  func entry(of position: Int32) -> Entry? { entries[Int(position)] }

  /// Where some memory starts; nil where it was not taken yet.
  func address(of position: Int32) -> UInt64? { entries[Int(position)]?.address }

  /// A memory as a range of whole pages, as the kernel takes it and registers it; nil where it was not taken yet.
  func range(of position: Int32) -> MemoryRange? {
    entries[Int(position)].map {
      MemoryRange(address: $0.address, size: ($0.size + $0.pageSize - 1) / $0.pageSize * $0.pageSize)
    }
  }

  /// The page size of some memory; nil where it was not taken yet.
  func pageSize(of position: Int32) -> UInt64? { entries[Int(position)]?.pageSize }

  /// Gives one up to the caller; nil when none is left.
  mutating func removeLast() -> Memory? {
    while let last = entries.popLast() {
      guard let last else { continue }
      return Memory(adopting: last.address, size: last.size, pageSize: last.pageSize, file: last.file)
    }
    return nil
  }
}
