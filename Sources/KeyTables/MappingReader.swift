package import Diagnostics
package import VFIOTypes
package import YAMLSyntax

/// Reads one mapping by its table: one walk over what is written, then typed answers for what was right.
///
/// What is wrong is a finding and reads as left out, so that one run reports everything. Fragments of profiles lie
/// beneath the mapping as further layers: what is written above wins, and mappings are merged key by key.
package struct MappingReader {
  /// A key that is written.
  private struct Written {
    /// Its position in the table.
    var key: UInt32
    /// The number of its value in the document.
    var value: UInt32
    /// Whether the value is of its type.
    var isRight: Bool
  }

  package let node: YAMLNode
  package let table: KeyTable
  /// The keys that are written; the mapping's own first, then layer by layer.
  private var written: [Written] = []

  /// Reads the keys of a mapping.
  ///
  /// - Parameters:
  ///   - node: a mapping; anything else was reported by whoever looked at the key.
  ///   - table: the keys it may have.
  ///   - layers: fragments of the same document beneath it, the strongest first; their own faults are reported where
  ///     they are written.
  ///   - isFragment: a fragment need not be whole: required keys may come from elsewhere.
  ///   - diagnostics: where findings go.
  package init(
    _ node: YAMLNode,
    _ table: KeyTable,
    layers: [YAMLNode] = [],
    isFragment: Bool = false,
    _ diagnostics: inout [Diagnostic]
  ) {
    self.node = node
    self.table = table
    written.reserveCapacity(node.count)
    read(node, &diagnostics)
    if !isFragment { requireKeys(&diagnostics) }
    for layer in layers {
      var reportedElsewhere: [Diagnostic] = []
      read(layer, &reportedElsewhere)
    }
  }

  /// Takes the keys of one layer.
  private mutating func read(_ layer: YAMLNode, _ diagnostics: inout [Diagnostic]) {
    // By number: a node each for every key of a large file would cost more than to look at it.
    let document = layer.document
    var key = layer.index + 1
    for _ in 0..<layer.count {
      let value = key + 1
      defer { key = document.nodes.next(after: value) }
      guard let position = table.position(of: key, in: document) else {
        diagnostics.append(MappingReader.unknown(document.node(at: key), table))
        continue
      }
      let isRight = ValueCheck.accepts(
        document.node(at: value),
        table.keys[position].type,
        of: table.keys[position].name,
        &diagnostics
      )
      written.append(Written(key: UInt32(position), value: UInt32(value), isRight: isRight))
    }
  }

  /// The value of a key that is written and right, from the topmost layer that has it.
  package func value(_ key: String) -> YAMLNode? {
    for entry in written where entry.isRight && table.isNamed(key, at: Int(entry.key)) {
      return node.document.node(at: Int(entry.value))
    }
    return nil
  }

  /// Whether no key is written but some of these.
  package func isEmpty(beyond names: [String]) -> Bool {
    written.allSatisfy { entry in
      !entry.isRight || names.contains { table.isNamed($0, at: Int(entry.key)) }
    }
  }

  /// The mappings of a key, the topmost layer's first; a scalar above hides the mappings beneath.
  private func mappings(_ key: String) -> [YAMLNode] {
    var nodes: [YAMLNode] = []
    for entry in written where entry.isRight && table.isNamed(key, at: Int(entry.key)) {
      let value = node.document.node(at: Int(entry.value))
      guard value.style == .mapping else { break }
      nodes.append(value)
    }
    return nodes
  }

  /// A reader of a mapping below this one.
  package func nested(
    _ key: String,
    _ table: KeyTable,
    isFragment: Bool = false,
    _ diagnostics: inout [Diagnostic]
  ) -> MappingReader? {
    let nodes = mappings(key)
    guard let first = nodes.first else { return nil }
    return MappingReader(first, table, layers: Array(nodes.dropFirst()), isFragment: isFragment, &diagnostics)
  }

  // MARK: Typed answers

  package func integer(_ key: String) -> Located<Int>? {
    guard let node = value(key), let number = PlainNumber.whole(node.utf8) else { return nil }
    return Located(number, at: node.range)
  }

  package func bool(_ key: String) -> Located<Bool>? {
    guard let node = value(key) else { return nil }
    return Located(node.utf8.first == UInt8(ascii: "t"), at: node.range)
  }

  package func text(_ key: String) -> Located<String>? {
    guard let node = value(key) else { return nil }
    return Located(node.text, at: node.range)
  }

  package func size(_ key: String) -> Located<ByteCount>? {
    guard let node = value(key), let size = ByteCount(node.text) else { return nil }
    return Located(size, at: node.range)
  }

  package func address(_ key: String) -> Located<PCIAddress>? {
    guard let node = value(key), let address = PCIAddress(utf8: node.utf8) else { return nil }
    return Located(address, at: node.range)
  }

  package func hexNumber(_ key: String) -> Located<UInt64>? {
    guard let node = value(key), let number = Hexadecimal.value(prefixed: node.utf8) else { return nil }
    return Located(number, at: node.range)
  }

  /// A word of an enumeration; nil also for `auto` and other words beside it.
  package func word<Word: RawRepresentable<String>>(_ key: String) -> Located<Word>? {
    guard let node = value(key), let word = Word(rawValue: node.text) else { return nil }
    return Located(word, at: node.range)
  }

  /// The items of a list; none where the key is not written.
  package func list(_ key: String) -> YAMLItems { value(key)?.items ?? YAMLItems.none }

  package func texts(_ key: String) -> [Located<String>] {
    list(key).map { Located($0.text, at: $0.range) }
  }

  package func integers(_ key: String) -> [Located<Int>] {
    list(key).compactMap { node in PlainNumber.whole(node.utf8).map { Located($0, at: node.range) } }
  }

  /// An entry of a mapping whose keys are names of the file's own.
  package struct Entry {
    package var name: Located<String>
    package var node: YAMLNode
    /// The entries of the same name in the layers beneath.
    package var layers: [YAMLNode]
  }

  /// The entries of a mapping of names, in order; a name of another shape is a finding.
  package func entries(_ key: String, _ shape: TextShape, _ diagnostics: inout [Diagnostic]) -> [Entry] {
    var entries: [Entry] = []
    for (depth, layer) in mappings(key).enumerated() {
      for pair in layer.pairs {
        var here: [Diagnostic] = []
        defer { if depth == 0 { diagnostics += here } }
        guard shape.matches(pair.key.utf8) else {
          here.append(
            SchemaRule.shape.finding(
              "'\(pair.key.text)' as a name, expected \(shape.words)",
              at: pair.key.range
            )
          )
          continue
        }
        guard ValueCheck.accepts(pair.value, .mapping(table), of: pair.key.text, &here) else { continue }
        let name = pair.key.text
        if depth > 0, let index = entries.firstIndex(where: { $0.name.value == name }) {
          entries[index].layers.append(pair.value)
        } else {
          entries.append(Entry(name: Located(name, at: pair.key.range), node: pair.value, layers: []))
        }
      }
    }
    return entries
  }

  // MARK: Findings

  private func requireKeys(_ diagnostics: inout [Diagnostic]) {
    for position in table.required where !written.contains(where: { $0.key == position }) {
      let key = table.keys[position]
      diagnostics.append(
        SchemaRule.required.finding(
          "'\(key.name)' is missing",
          at: MappingReader.head(of: node),
          help: ["add '\(key.name): \(key.sample)'"]
        )
      )
    }
    for (set, positions) in table.alternatives.enumerated() {
      let count = written.count { positions.contains(Int($0.key)) }
      guard count != 1 else { continue }
      let list = table.exactlyOne[set].map { "'\($0)'" }.joined(separator: ", ")
      diagnostics.append(
        SchemaRule.exactlyOne.finding(
          count == 0 ? "none of \(list) is written" : "\(count) of \(list) are written",
          at: MappingReader.head(of: node),
          help: ["keep exactly one of them"]
        )
      )
    }
  }

  private static func unknown(_ key: YAMLNode, _ table: KeyTable) -> Diagnostic {
    let names = table.keys.map(\.name)
    let near = NearestWord.of(key.text, in: names)
    var help = near.map { ["did you mean '\($0)'?"] } ?? []
    help.append("known here: \(names.joined(separator: ", "))")
    return SchemaRule.unknownKey.finding(
      "unknown key '\(key.text)'",
      at: key.range,
      help: help,
      fixIts: near.map { [FixIt("write '\($0)'", edits: [.init(key.range, with: $0)])] } ?? []
    )
  }

  /// What a finding about a whole mapping underlines: its first key, or the whole where it is empty.
  private static func head(of node: YAMLNode) -> SourceRange {
    var pairs = node.pairs
    return pairs.next().map(\.key.range) ?? node.range
  }
}
