import CLibYAML
import Diagnostics

/// Takes libyaml's events one by one and builds the node array, enforcing dialect and limits on the way.
struct TreeBuilder {
  /// A collection that has been opened and not closed.
  private struct Open {
    var entry: Int
    var isMapping: Bool
    /// In a mapping: whether the next node is a key.
    var awaitsKey: Bool
  }

  /// What an event did to the loop.
  enum Outcome { case goOn, finished, failed }

  private let source: SourceText
  private let limits: YAMLLimits
  private var position: BytePosition
  private var nodes: NodeArray
  private var open: [Open] = []
  private var keys = KeyMemory()
  private var documents = 0
  private(set) var diagnostics: [Diagnostic] = []

  init(source: SourceText, limits: YAMLLimits, isASCII: Bool) {
    self.source = source
    self.limits = limits
    self.position = BytePosition(source.bytes, isASCII: isASCII)
    nodes = NodeArray(of: source.bytes)
    // Few texts have a node in less than four bytes, and memory that is not touched costs nothing; to grow would hold
    // all nodes twice.
    nodes.entries.reserveCapacity(source.bytes.count / 4 + 8)
  }

  /// Runs the parser to the end of the text or to the first thing nothing can be made of.
  mutating func build(events: inout Int) -> YAMLDocument? {
    var parser = unsafe yaml_parser_t()
    guard unsafe yaml_parser_initialize(&parser) == 1 else { return nil }
    defer { unsafe yaml_parser_delete(&parser) }
    let outcome = unsafe source.bytes.withUnsafeBufferPointer { bytes in
      // Told the encoding, libyaml takes a byte order mark for text: it is skipped here.
      let mark = BytePosition.markLength(source.bytes)
      unsafe yaml_parser_set_input_string(&parser, bytes.baseAddress?.advanced(by: mark), bytes.count - mark)
      unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      return unsafe loop(&parser, bytes, &events)
    }
    guard outcome == .finished else { return nil }
    guard !nodes.entries.isEmpty else {
      diagnostics.append(
        YAMLRule.empty.finding("the text is empty", in: source, 0..<0, help: "start with 'version: 1'")
      )
      return nil
    }
    return YAMLDocument(source: source, nodes: nodes)
  }

  private mutating func loop(
    _ parser: inout yaml_parser_t,
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ events: inout Int
  ) -> Outcome {
    var event = unsafe yaml_event_t()
    while true {
      guard unsafe yaml_parser_parse(&parser, &event) == 1 else {
        diagnostics.append(unsafe SyntaxProblem(parser).diagnostic(in: source, at: &position))
        return .failed
      }
      defer { unsafe yaml_event_delete(&event) }
      events += 1
      let outcome = unsafe take(event, bytes)
      guard outcome == .goOn else { return outcome }
    }
  }

  private mutating func take(_ event: yaml_event_t, _ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
    switch unsafe event.type {
    case YAML_SCALAR_EVENT: return unsafe takeScalar(event, bytes)
    case YAML_MAPPING_START_EVENT:
      return unsafe openCollection(
        event,
        .mapping,
        anchor: event.data.mapping_start.anchor,
        tag: event.data.mapping_start.tag
      )
    case YAML_SEQUENCE_START_EVENT:
      return unsafe openCollection(
        event,
        .sequence,
        anchor: event.data.sequence_start.anchor,
        tag: event.data.sequence_start.tag
      )
    case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: return unsafe closeCollection(event)
    case YAML_ALIAS_EVENT: return unsafe takeAlias(event)
    case YAML_DOCUMENT_START_EVENT: return unsafe startDocument(event)
    case YAML_STREAM_END_EVENT: return .finished
    default: return .goOn
    }
  }

  private mutating func startDocument(_ event: yaml_event_t) -> Outcome {
    documents += 1
    let range = unsafe range(event)
    guard documents == 1 else {
      diagnostics.append(
        YAMLRule.severalDocuments.finding(
          "a second document starts here",
          in: source,
          range,
          help: "put it into a file of its own"
        )
      )
      return .finished
    }
    let start = unsafe event.data.document_start
    if unsafe start.version_directive != nil || start.tag_directives.start != start.tag_directives.end {
      diagnostics.append(
        YAMLRule.directive.finding("a directive stands before the text", in: source, range, help: "delete it")
      )
    }
    return .goOn
  }

  // MARK: Nodes

  private mutating func takeScalar(_ event: yaml_event_t, _ bytes: UnsafeBufferPointer<UInt8>) -> Outcome {
    let range = unsafe range(event)
    let scalar = unsafe event.data.scalar
    let length = unsafe scalar.length
    let isKey = open.last?.awaitsKey == true && open.last?.isMapping == true
    if length > (isKey ? limits.key : limits.scalar) {
      return isKey
        ? overLimit("a key of \(length) bytes exceeds the limit of \(limits.key)", "key", range)
        : overLimit("a value of \(length) bytes exceeds the limit of \(limits.scalar)", "scalar", range)
    }
    var style: YAMLNode.Style
    switch unsafe scalar.style {
    case YAML_PLAIN_SCALAR_STYLE: style = .plain
    case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: style = .block
    default: style = .quoted
    }
    if unsafe scalar.anchor != nil { refuseAnchor(range) }
    if let tag = unsafe scalar.tag { style = unsafe self.style(of: tag, style, range) }
    var entry = NodeArray.Entry(style: style, range: range)
    if unsafe !isSame(scalar.value, length, bytes, entry.written) {
      unsafe decode(scalar.value, length, into: &entry, at: range)
    }
    return add(entry, isKey: isKey)
  }

  /// Whether the scalar's text is the source's own, so that it need not be copied.
  private func isSame(
    _ value: UnsafeMutablePointer<UInt8>?,
    _ length: Int,
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ range: Range<Int>
  ) -> Bool {
    guard range.count == length, range.upperBound <= bytes.count else { return false }
    guard length > 0, let value = unsafe value else { return length == 0 }
    for index in 0..<length where unsafe value[index] != bytes[range.lowerBound + index] { return false }
    return true
  }

  private mutating func decode(
    _ value: UnsafeMutablePointer<UInt8>?,
    _ length: Int,
    into entry: inout NodeArray.Entry,
    at range: Range<Int>
  ) {
    let text = unsafe Array(UnsafeBufferPointer(start: value, count: length))
    nodes.decoded.append(contentsOf: text)
    entry.setDecoded(nodes.decodedEnds.count)
    nodes.decodedEnds.append(UInt32(nodes.decoded.count))
    if let fault = TextCheck(text, decoded: true).forbidden.first {
      diagnostics.append(YAMLRule.forbidden(fault.scalar, in: source, range))
    }
  }

  private mutating func takeAlias(_ event: yaml_event_t) -> Outcome {
    let range = unsafe range(event)
    diagnostics.append(
      YAMLRule.alias.finding(
        "an alias stands for a value",
        in: source,
        range,
        help: "write the value, or name a fragment under 'profiles' and 'use' it"
      )
    )
    let isKey = open.last?.awaitsKey == true && open.last?.isMapping == true
    return add(NodeArray.Entry(style: .plain, range: range), isKey: isKey)
  }

  private mutating func openCollection(
    _ event: yaml_event_t,
    _ style: YAMLNode.Style,
    anchor: UnsafeMutablePointer<UInt8>?,
    tag: UnsafeMutablePointer<UInt8>?
  ) -> Outcome {
    let range = unsafe range(event)
    guard open.count < limits.depth else {
      return overLimit("collections lie deeper than \(limits.depth) inside each other", "depth", range)
    }
    if unsafe anchor != nil { refuseAnchor(range) }
    if let tag = unsafe tag { _ = unsafe self.style(of: tag, style, range) }
    if open.last?.isMapping == true && open.last?.awaitsKey == true {
      diagnostics.append(
        YAMLRule.complexKey.finding(
          "a collection stands as a key",
          in: source,
          range,
          help: "make the key a word"
        )
      )
      return .failed
    }
    guard add(NodeArray.Entry(style: style, range: range), isKey: false) == .goOn else { return .failed }
    let isMapping = style == .mapping
    open.append(Open(entry: nodes.entries.count - 1, isMapping: isMapping, awaitsKey: true))
    if isMapping { keys.openMapping() }
    return .goOn
  }

  private mutating func closeCollection(_ event: yaml_event_t) -> Outcome {
    guard let closed = open.popLast() else { return .goOn }
    if closed.isMapping { keys.closeMapping() }
    nodes.entries[closed.entry].link = UInt32(nodes.entries.count)
    // The end of a block collection runs on to the next token, so it ends at its last child; a flow collection ends
    // at its bracket, which is the only end that has a width.
    let range = unsafe range(event)
    if !range.isEmpty {
      nodes.entries[closed.entry].end = UInt32(range.upperBound)
    } else if let last = lastChildEnd(of: closed.entry) {
      nodes.entries[closed.entry].end = last
    }
    return .goOn
  }

  /// The end of what was added last below an entry.
  private func lastChildEnd(of entry: Int) -> UInt32? {
    guard nodes.entries.count > entry + 1 else { return nil }
    var end: UInt32 = 0
    var child = entry + 1
    while child < nodes.entries.count {
      end = max(end, nodes.entries[child].end)
      child = nodes.entries[child].isScalar ? child + 1 : Int(nodes.entries[child].link)
    }
    return end
  }

  /// Adds a node to the collection that is open; a scalar is whole at once.
  private mutating func add(_ entry: NodeArray.Entry, isKey: Bool) -> Outcome {
    guard nodes.entries.count < min(limits.nodes, Int(NodeArray.Entry.mostMembers)) else {
      let range = Int(entry.start)..<Int(entry.end)
      return overLimit("the text has more than \(limits.nodes) nodes", "nodes", range)
    }
    nodes.entries.append(entry)
    let index = nodes.entries.count - 1
    guard let top = open.indices.last else { return .goOn }
    if !open[top].isMapping || isKey { nodes.entries[open[top].entry].addMember() }
    if open[top].isMapping { open[top].awaitsKey.toggle() }
    if isKey { checkKey(index) }
    return .goOn
  }

  // MARK: Keys

  private mutating func checkKey(_ index: Int) {
    if nodes.entries[index].style == .plain, nodes.isText(index, TreeBuilder.mergeKey) {
      diagnostics.append(
        YAMLRule.mergeKey.finding(
          "a merge key copies a mapping",
          in: source,
          range(of: index),
          help: "name a fragment under 'profiles' and 'use' it"
        )
      )
    }
    guard let earlier = keys.insert(UInt32(index), in: nodes) else { return }
    let first = nodes.entries[Int(earlier)]
    diagnostics.append(
      YAMLRule.duplicateKey.finding(
        "key '\(String(decoding: nodes.text(of: index), as: UTF8.self))' stands twice in one mapping",
        in: source,
        range(of: index),
        notes: [
          Diagnostic.Note(
            "first here",
            at: SourceRange(source: source.id, start: first.start, end: first.end)
          )
        ],
        help: "delete one of the two"
      )
    )
  }

  private static let mergeKey = Array("<<".utf8)

  private func range(of index: Int) -> Range<Int> {
    Int(nodes.entries[index].start)..<Int(nodes.entries[index].end)
  }

  // MARK: Refusals

  private mutating func overLimit(_ message: String, _ name: String, _ range: Range<Int>) -> Outcome {
    diagnostics.append(
      YAMLRule.limit.finding(
        message,
        in: source,
        range,
        help: "shorten it, or raise the limit with '--limit \(name)=N'"
      )
    )
    return .failed
  }

  private mutating func refuseAnchor(_ range: Range<Int>) {
    diagnostics.append(
      YAMLRule.anchor.finding(
        "an anchor names a value",
        in: source,
        range,
        help: "delete it; repetition is what 'profiles' are for"
      )
    )
  }

  /// The style a tagged node is read in; tags beyond the basic ones are refused.
  private mutating func style(
    of tag: UnsafeMutablePointer<UInt8>,
    _ style: YAMLNode.Style,
    _ range: Range<Int>
  ) -> YAMLNode.Style {
    let text = unsafe String(cString: tag)
    switch text {
    case "tag:yaml.org,2002:str": return .quoted
    case "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:float",
      "tag:yaml.org,2002:null":
      return .plain
    case "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!": return style
    default:
      diagnostics.append(
        YAMLRule.tag.finding(
          "tag '\(text)' gives a value a type",
          in: source,
          range,
          help: "delete it; the schema says the type"
        )
      )
      return style
    }
  }

  private mutating func range(_ event: yaml_event_t) -> Range<Int> {
    let start = unsafe position.byte(ofCharacter: event.start_mark.index)
    let end = unsafe position.byte(ofCharacter: event.end_mark.index)
    return Int(start)..<max(Int(start), Int(end))
  }
}
