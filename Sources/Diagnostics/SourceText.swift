/// Which of the texts of one run a range is in: the guest file, the snapshot, a saved plan.
@usableFromInline package struct SourceID: Hashable, Sendable {
  @usableFromInline package var number: UInt32

  package init(_ number: UInt32) { self.number = number }
}

/// A text as it was read, with the name it is shown under.
package struct SourceText: Sendable {
  package let id: SourceID
  /// The path as the user wrote it; never looked up again.
  package let name: String
  /// The bytes, not known to be UTF-8.
  package let bytes: [UInt8]

  package init(id: SourceID, name: String, bytes: [UInt8]) {
    self.id = id
    self.name = name
    self.bytes = bytes
  }
}
