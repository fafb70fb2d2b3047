package import Diagnostics

/// A parsed text: all nodes in one array, in document order.
///
/// A file of 10 MB has a million nodes, so a node is one flat entry and a `YAMLNode` is a place in the array.
package final class YAMLDocument: Sendable {
  /// One node in sixteen bytes; a mapping's entry is followed by its keys and values in turn, a sequence's by its
  /// items.
  struct Entry: Sendable {
    /// The bytes of the node in the source.
    var start: UInt32
    var end: UInt32
    /// Of a collection the entry after it and all it holds, of a decoded scalar its place among the decoded texts.
    var link: UInt32 = 0
    /// The style in the upper eight bits; below them the pairs of a mapping or the items of a sequence.
    private var packed: UInt32

    /// More members than any text has nodes.
    static let mostMembers: UInt32 = 1 << 24 - 1
    private static let decodedBit: UInt32 = 1 << 31

    init(style: YAMLNode.Style, range: Range<Int>) {
      start = UInt32(range.lowerBound)
      end = UInt32(range.upperBound)
      packed = UInt32(style.rawValue) << 24
    }

    var style: YAMLNode.Style { YAMLNode.Style(rawValue: UInt8(packed >> 24 & 0x7f)) ?? .plain }

    var isScalar: Bool { style != .mapping && style != .sequence }

    /// Whether a scalar's text is a decoded one: an escape or a folded line made it differ from the source.
    var isDecoded: Bool { packed & Entry.decodedBit != 0 }

    var count: UInt32 { packed & Entry.mostMembers }

    mutating func addMember() { packed += 1 }

    mutating func setDecoded(_ place: Int) {
      link = UInt32(place)
      packed |= Entry.decodedBit
    }
  }

  package let source: SourceText
  let entries: [Entry]
  /// The texts of scalars that differ from the source, one after the other, and where each ends.
  let decoded: [UInt8]
  let decodedEnds: [UInt32]

  init(source: SourceText, entries: [Entry], decoded: [UInt8], decodedEnds: [UInt32]) {
    self.source = source
    self.entries = entries
    self.decoded = decoded
    self.decodedEnds = decodedEnds
  }

  /// The entry after one and all it holds.
  func next(after index: Int) -> Int {
    switch entries[index].style {
    case .plain, .quoted, .block: index + 1
    case .mapping, .sequence: Int(entries[index].link)
    }
  }

  /// The bytes of a scalar's text, and which of the two buffers they lie in.
  @inline(__always)
  func text(of index: Int) -> (isDecoded: Bool, range: Range<Int>) {
    let entry = entries[index]
    guard !entry.isDecoded else {
      let place = Int(entry.link)
      return (true, Int(place == 0 ? 0 : decodedEnds[place - 1])..<Int(decodedEnds[place]))
    }
    return (false, YAMLDocument.written(entry))
  }

  /// The text of a scalar as the source has it: without its quotes, empty for a collection.
  static func written(_ entry: Entry) -> Range<Int> {
    let (start, end) = (Int(entry.start), Int(entry.end))
    return switch entry.style {
    case .plain: start..<end
    case .quoted, .block: end - start >= 2 ? (start + 1)..<(end - 1) : start..<end
    case .mapping, .sequence: start..<start
    }
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
    let (isDecoded, range) = document.text(of: index)
    return (isDecoded ? document.decoded : document.source.bytes)[range]
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

  /// Whether the text of a scalar is this one; no slice is made of it.
  package func isText(_ text: [UInt8]) -> Bool {
    let (isDecoded, range) = document.text(of: index)
    guard range.count == text.count else { return false }
    return (isDecoded ? document.decoded : document.source.bytes)[range].elementsEqual(text)
  }

  /// A hash of the text: equal texts have equal ones.
  package var textHash: UInt64 {
    let (isDecoded, range) = document.text(of: index)
    return TextHash.of(isDecoded ? document.decoded : document.source.bytes, range)
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
    position = document.next(after: position)
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
      decoded: [],
      decodedEnds: []
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
    position = document.next(after: position + 1)
    return (key, value)
  }
}
