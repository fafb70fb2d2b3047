package import Diagnostics

/// A parsed text: all nodes in one array, in document order.
///
/// A file of 10 MB has a million nodes, so a node is one flat entry and a `YAMLNode` is a place in the array.
package final class YAMLDocument: Sendable {
  /// One node; a mapping's entry is followed by its keys and values in turn, a sequence's by its items.
  struct Entry: Sendable {
    var style: YAMLNode.Style
    /// Whether `text` lies in the decoded buffer: an escape or a folded line made it differ from the source.
    var isDecoded: Bool
    /// The bytes of the node in the source.
    var start: UInt32
    var end: UInt32
    /// The bytes of a scalar's text, in the source or in the decoded buffer.
    var textStart: UInt32
    var textEnd: UInt32
    /// The entry after this one and all it holds.
    var next: UInt32
    /// The pairs of a mapping, the items of a sequence, 0 for a scalar.
    var count: UInt32
  }

  package let source: SourceText
  let entries: [Entry]
  let decoded: [UInt8]

  init(source: SourceText, entries: [Entry], decoded: [UInt8]) {
    self.source = source
    self.entries = entries
    self.decoded = decoded
  }

  /// The node everything hangs from.
  package var root: YAMLNode { YAMLNode(document: self, index: 0) }

  /// How many nodes there are.
  package var nodeCount: Int { entries.count }
}

/// A node of a parsed text.
package struct YAMLNode: Sendable {
  /// What a node is and, for a scalar, how it was written: a plain scalar's type is the schema's to say, a quoted one
  /// is text.
  package enum Style: UInt8, Hashable, Sendable {
    case plain, quoted, block, sequence, mapping
  }

  package let document: YAMLDocument
  let index: Int

  private var entry: YAMLDocument.Entry { document.entries[index] }

  package var style: Style { entry.style }

  package var isScalar: Bool { style != .sequence && style != .mapping }

  /// Where it stands: a scalar with its quotes, a collection to the end of its last child.
  package var range: SourceRange {
    SourceRange(source: document.source.id, start: entry.start, end: entry.end)
  }

  /// The text of a scalar, its escapes undone; empty for a collection.
  package var text: String { String(decoding: utf8, as: UTF8.self) }

  /// The same as bytes, without a copy.
  package var utf8: ArraySlice<UInt8> {
    let entry = entry
    let bytes = entry.isDecoded ? document.decoded : document.source.bytes
    return bytes[Int(entry.textStart)..<Int(entry.textEnd)]
  }

  /// The pairs of a mapping or the items of a sequence; 0 for a scalar.
  package var count: Int { Int(entry.count) }

  /// The items of a sequence in order; empty for anything else.
  package var items: YAMLItems {
    YAMLItems(document: document, position: index + 1, remaining: style == .sequence ? count : 0)
  }

  /// The pairs of a mapping in order; empty for anything else.
  package var pairs: YAMLPairs {
    YAMLPairs(document: document, position: index + 1, remaining: style == .mapping ? count : 0)
  }

  /// The value of a key, or nil; a walk, for mappings with few keys.
  package func value(of key: String) -> YAMLNode? {
    for pair in pairs where pair.key.utf8.elementsEqual(key.utf8) { return pair.value }
    return nil
  }
}

/// The items of a sequence.
package struct YAMLItems: Sequence, IteratorProtocol, Sendable {
  let document: YAMLDocument
  var position: Int
  var remaining: Int

  package mutating func next() -> YAMLNode? {
    guard remaining > 0 else { return nil }
    remaining -= 1
    let node = YAMLNode(document: document, index: position)
    position = Int(document.entries[position].next)
    return node
  }
}

/// The pairs of a mapping; a key is always a scalar.
package struct YAMLPairs: Sequence, IteratorProtocol, Sendable {
  /// No pairs, for where a mapping is left out.
  package static let none = YAMLPairs(
    document: YAMLDocument(
      source: SourceText(id: SourceID(0), name: "", bytes: []),
      entries: [],
      decoded: []
    ),
    position: 0,
    remaining: 0
  )

  let document: YAMLDocument
  var position: Int
  var remaining: Int

  package mutating func next() -> (key: YAMLNode, value: YAMLNode)? {
    guard remaining > 0 else { return nil }
    remaining -= 1
    let key = YAMLNode(document: document, index: position)
    let value = YAMLNode(document: document, index: position + 1)
    position = Int(document.entries[position + 1].next)
    return (key, value)
  }
}
