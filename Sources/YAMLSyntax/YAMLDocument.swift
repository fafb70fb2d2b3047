package import Diagnostics

/// A parsed text: all nodes in one array, in document order.
///
/// A file of 10 MB has a million nodes, so a node is one flat entry and a `YAMLNode` is a place in the array.
@usableFromInline package final class YAMLDocument: Sendable {
  package let source: SourceText
  @usableFromInline package let nodes: NodeArray

  init(source: SourceText, nodes: NodeArray) {
    self.source = source
    self.nodes = nodes
  }

  /// A document without a node.
  static let empty = YAMLDocument(
    source: SourceText(id: SourceID(0), name: "", bytes: []),
    nodes: NodeArray(of: [])
  )

  /// The node everything hangs from.
  package var root: YAMLNode { node(at: 0) }

  /// The node of a number: `YAMLNode.index`.
  @inlinable
  package func node(at index: Int) -> YAMLNode { YAMLNode(document: self, index: index) }

  /// How many nodes there are.
  package var nodeCount: Int { nodes.entries.count }
}

/// The nodes of a text, and the texts of those scalars that differ from the source.
@usableFromInline package struct NodeArray: Sendable {
  /// One node in sixteen bytes; a mapping's entry is followed by its keys and values in turn, a sequence's by its
  /// items.
  @usableFromInline package struct Entry: Sendable {
    /// The bytes of the node in the source.
    @usableFromInline package var start: UInt32
    @usableFromInline package var end: UInt32
    /// Of a collection the entry after it and all it holds, of a decoded scalar its place among the decoded texts.
    @usableFromInline package var link: UInt32 = 0
    /// The style in three bits below the topmost one; below them the pairs of a mapping or the items of a sequence.
    @usableFromInline package var packed: UInt32

    @usableFromInline package static var styleShift: UInt32 { 28 }
    @usableFromInline package static var decodedBit: UInt32 { 1 << 31 }

    /// As many nodes as there may be: no collection has more members than it can count.
    @usableFromInline package static var mostMembers: UInt32 { 1 << styleShift - 1 }

    init(style: YAMLNode.Style, range: Range<Int>) {
      start = UInt32(range.lowerBound)
      end = UInt32(range.upperBound)
      packed = UInt32(style.rawValue) << Entry.styleShift
    }

    @inlinable package var style: YAMLNode.Style {
      YAMLNode.Style(rawValue: UInt8(packed >> Entry.styleShift & 7)) ?? .plain
    }

    @inlinable package var isScalar: Bool { style != .mapping && style != .sequence }

    /// Whether a scalar's text is a decoded one: an escape or a folded line made it differ from the source.
    @inlinable package var isDecoded: Bool { packed & Entry.decodedBit != 0 }

    @inlinable package var count: UInt32 { packed & Entry.mostMembers }

    mutating func addMember() { packed += 1 }

    mutating func setDecoded(_ place: Int) {
      link = UInt32(place)
      packed |= Entry.decodedBit
    }

    /// The text of a scalar as the source has it: without its quotes, empty for a collection.
    @inlinable package var written: Range<Int> {
      let (start, end) = (Int(start), Int(end))
      return switch style {
      case .plain: start..<end
      case .quoted, .block: end - start >= 2 ? (start + 1)..<(end - 1) : start..<end
      case .mapping, .sequence: start..<start
      }
    }
  }

  /// The bytes of the source.
  @usableFromInline package let source: [UInt8]
  @usableFromInline package var entries: [Entry] = []
  /// The texts of scalars that differ from the source, one after the other, and where each ends.
  @usableFromInline package var decoded: [UInt8] = []
  @usableFromInline package var decodedEnds: [UInt32] = []

  init(of source: [UInt8]) { self.source = source }

  /// The entry after one and all it holds.
  @inlinable
  package func next(after index: Int) -> Int {
    entries[index].isScalar ? index + 1 : Int(entries[index].link)
  }

  /// The bytes of a scalar's text, and which of the two buffers they lie in.
  @inlinable
  @inline(__always)
  package func place(of index: Int) -> (isDecoded: Bool, range: Range<Int>) {
    let entry = entries[index]
    guard entry.isDecoded else { return (false, entry.written) }
    let place = Int(entry.link)
    return (true, Int(place == 0 ? 0 : decodedEnds[place - 1])..<Int(decodedEnds[place]))
  }

  /// The text of a scalar, without a copy; empty for a collection.
  @inlinable
  package func text(of index: Int) -> ArraySlice<UInt8> {
    let (isDecoded, range) = place(of: index)
    return isDecoded ? decoded[range] : source[range]
  }

  /// The same as a string; no slice is made of it, whose reference would be counted.
  func string(of index: Int) -> String {
    let (isDecoded, range) = place(of: index)
    return unsafe (isDecoded ? decoded : source).withUnsafeBufferPointer { bytes in
      unsafe String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
  }

  /// A hash of the text: equal texts have equal ones.
  @inlinable
  package func hash(of index: Int) -> UInt64 {
    let (isDecoded, range) = place(of: index)
    return isDecoded ? TextHash.of(decoded, range) : TextHash.of(source, range)
  }

  /// Whether a scalar's text is this one; no slice is made of it.
  @inlinable
  package func isText(_ index: Int, _ text: [UInt8]) -> Bool {
    let (isDecoded, range) = place(of: index)
    guard range.count == text.count else { return false }
    for offset in text.indices {
      let byte = isDecoded ? decoded[range.lowerBound + offset] : source[range.lowerBound + offset]
      guard byte == text[offset] else { return false }
    }
    return true
  }
  /// Whether two scalars have the same text.
  func haveEqualTexts(_ one: Int, _ other: Int) -> Bool { text(of: one).elementsEqual(text(of: other)) }
}
