/// A range of bytes in one of the texts of a run; the end is not included.
@usableFromInline package struct SourceRange: Hashable, Sendable {
  @usableFromInline package var source: SourceID
  @usableFromInline package var start: UInt32
  @usableFromInline package var end: UInt32

  @inlinable
  package init(source: SourceID, start: UInt32, end: UInt32) {
    self.source = source
    self.start = start
    self.end = end
  }

  /// From here to the end of another range of the same text.
  @inlinable
  package func through(_ other: SourceRange) -> SourceRange {
    SourceRange(source: source, start: start, end: max(end, other.end))
  }
}

/// A value and where it stands.
@usableFromInline package struct Located<Value> {
  @usableFromInline package var value: Value
  @usableFromInline package var range: SourceRange

  @inlinable
  package init(_ value: Value, at range: SourceRange) {
    self.value = value
    self.range = range
  }

  /// Another value that stands in the same place.
  @inlinable
  package func map<Other>(_ transform: (Value) -> Other) -> Located<Other> {
    Located<Other>(transform(value), at: range)
  }
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
extension Located: Sendable where Value: Sendable {}
