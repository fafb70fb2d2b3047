package import Diagnostics

/// A node of a parsed text.
@usableFromInline package struct YAMLNode: Sendable {
  /// What a node is and, for a scalar, how it was written: a plain scalar's type is the schema's to say, a quoted one
  /// is text.
  @usableFromInline package enum Style: UInt8, Hashable, Sendable {
    case plain, quoted, block, sequence, mapping
  }

  @usableFromInline package let document: YAMLDocument
  /// Its number in the document.
  @usableFromInline package let index: Int

  @inlinable
  package init(document: YAMLDocument, index: Int) {
    self.document = document
    self.index = index
  }

  @inlinable
  package var entry: NodeArray.Entry { document.nodes.entries[index] }

  @inlinable
  package var style: Style { entry.style }

  @inlinable
  package var isScalar: Bool { entry.isScalar }

  /// Where it stands: a scalar with its quotes, a collection to the end of its last child.
  package var range: SourceRange {
    SourceRange(source: document.source.id, start: entry.start, end: entry.end)
  }

  /// The text of a scalar, its escapes undone; empty for a collection.
  package var text: String { document.nodes.string(of: index) }

  /// The same as bytes, without a copy.
  @inlinable
  package var utf8: ArraySlice<UInt8> { document.nodes.text(of: index) }

  /// The pairs of a mapping or the items of a sequence; 0 for a scalar.
  @inlinable
  package var count: Int { Int(entry.count) }

  /// The items of a sequence in order; empty for anything else.
  @inlinable
  package var items: YAMLItems {
    YAMLItems(document: document, position: index + 1, remaining: style == .sequence ? count : 0)
  }

  /// The pairs of a mapping in order; empty for anything else.
  @inlinable
  package var pairs: YAMLPairs {
    YAMLPairs(document: document, position: index + 1, remaining: style == .mapping ? count : 0)
  }

  /// Whether the text of a scalar is this one; no slice is made of it.
  @inlinable
  package func isText(_ text: [UInt8]) -> Bool { document.nodes.isText(index, text) }

  /// A hash of the text: equal texts have equal ones.
  @inlinable
  package var textHash: UInt64 { document.nodes.hash(of: index) }

  /// The value of a key, or nil; a walk, for mappings with few keys.
  package func value(of key: String) -> YAMLNode? {
    for pair in pairs where pair.key.utf8.elementsEqual(key.utf8) { return pair.value }
    return nil
  }
}

/// The items of a sequence.
@usableFromInline package struct YAMLItems: Sequence, IteratorProtocol, Sendable {
  /// No items, for where a list is left out.
  package static let none = YAMLItems(document: .empty, position: 0, remaining: 0)

  @usableFromInline package let document: YAMLDocument
  @usableFromInline package var position: Int
  @usableFromInline package var remaining: Int

  @inlinable
  package init(document: YAMLDocument, position: Int, remaining: Int) {
    self.document = document
    self.position = position
    self.remaining = remaining
  }

  @inlinable
  package mutating func next() -> YAMLNode? {
    guard remaining > 0 else { return nil }
    remaining -= 1
    let node = document.node(at: position)
    position = document.nodes.next(after: position)
    return node
  }
}

/// The pairs of a mapping; a key is always a scalar.
@usableFromInline package struct YAMLPairs: Sequence, IteratorProtocol, Sendable {
  /// No pairs, for where a mapping is left out.
  package static let none = YAMLPairs(document: .empty, position: 0, remaining: 0)

  @usableFromInline package let document: YAMLDocument
  @usableFromInline package var position: Int
  @usableFromInline package var remaining: Int

  @inlinable
  package init(document: YAMLDocument, position: Int, remaining: Int) {
    self.document = document
    self.position = position
    self.remaining = remaining
  }

  @inlinable
  package mutating func next() -> (key: YAMLNode, value: YAMLNode)? {
    guard remaining > 0 else { return nil }
    remaining -= 1
    let key = document.node(at: position)
    let value = document.node(at: position + 1)
    position = document.nodes.next(after: position + 1)
    return (key, value)
  }
}
