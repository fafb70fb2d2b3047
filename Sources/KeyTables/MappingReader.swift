package import Diagnostics
package import VFIOTypes
package import YAMLSyntax

/// Reads one mapping by its table: one walk over what is written, then typed answers for what was right.
///
/// What is wrong is a finding and reads as left out, so that one run reports everything. Fragments of profiles lie
/// beneath the mapping as further layers: what is written above wins, and mappings are merged key by key.
package struct MappingReader {
  package let node: YAMLNode
  package let table: KeyTable
  /// The keys that are written and whose values are of their type; the mapping's own first, then layer by layer.
  private var present: [(name: String, node: YAMLNode)] = []

  /// Reads the keys of a mapping.
  ///
  /// - Parameters:
  ///   - node: a mapping; anything else was reported by whoever looked at the key.
  ///   - table: the keys it may have.
  ///   - layers: fragments beneath it, the strongest first; their own faults are reported where they are written.
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
    present.reserveCapacity(node.count)
    let written = read(node, &diagnostics)
    if !isFragment { requireKeys(written, &diagnostics) }
    for layer in layers {
      var reportedElsewhere: [Diagnostic] = []
      _ = read(layer, &reportedElsewhere)
    }
  }

  /// Takes the keys of one layer; the names of those that are required or exclude each other.
  private mutating func read(_ layer: YAMLNode, _ diagnostics: inout [Diagnostic]) -> [String] {
    var written: [String] = []
    for pair in layer.pairs {
      guard let position = table.index.position(of: pair.key) else {
        diagnostics.append(MappingReader.unknown(pair.key, table))
        continue
      }
      let name = table.keys[position].name
      if !table.exactlyOne.isEmpty || table.keys[position].isRequired { written.append(name) }
      if ValueCheck.accepts(pair.value, table.keys[position].type, of: name, &diagnostics) {
        present.append((name, pair.value))
      }
    }
    return written
  }

  /// The value of a key that is written and right, from the topmost layer that has it.
  package func value(_ key: String) -> YAMLNode? {
    for entry in present where entry.name == key { return entry.node }
    return nil
  }

  /// Whether no key is written but some of these.
  package func isEmpty(beyond names: [String]) -> Bool { present.allSatisfy { names.contains($0.name) } }

  /// The mappings of a key, the topmost layer's first; a scalar above hides the mappings beneath.
  private func mappings(_ key: String) -> [YAMLNode] {
    let nodes = present.filter { $0.name == key }.map(\.node)
    return Array(nodes.prefix { $0.style == .mapping })
  }

  /// A reader of a mapping below this one.
  package func nested(
    _ key: String,
    _ table: KeyTable,
    isFragment: Bool = false,
    _ diagnostics: inout [Diagnostic]
  ) -> MappingReader? {
    guard let first = value(key), first.style == .mapping else { return nil }
    let layers = mappings(key).dropFirst()
    return MappingReader(first, table, layers: Array(layers), isFragment: isFragment, &diagnostics)
  }

  // MARK: Typed answers

  package func integer(_ key: String) -> Located<Int>? {
    value(key).flatMap { node in Int(node.text).map { Located($0, at: node.range) } }
  }

  package func bool(_ key: String) -> Located<Bool>? {
    value(key).map { Located($0.utf8.first == UInt8(ascii: "t"), at: $0.range) }
  }

  package func text(_ key: String) -> Located<String>? {
    value(key).map { Located($0.text, at: $0.range) }
  }

  package func size(_ key: String) -> Located<ByteCount>? {
    value(key).flatMap { node in ByteCount(node.text).map { Located($0, at: node.range) } }
  }

  package func address(_ key: String) -> Located<PCIAddress>? {
    value(key).flatMap { node in PCIAddress(utf8: node.utf8).map { Located($0, at: node.range) } }
  }

  package func hexNumber(_ key: String) -> Located<UInt64>? {
    value(key).flatMap { node in Hexadecimal.value(node.text).map { Located($0, at: node.range) } }
  }

  /// A word of an enumeration; nil also for `auto` and other words beside it.
  package func word<Word: RawRepresentable<String>>(_ key: String) -> Located<Word>? {
    value(key).flatMap { node in Word(rawValue: node.text).map { Located($0, at: node.range) } }
  }

  package func list(_ key: String) -> [YAMLNode] {
    value(key).map { Array($0.items) } ?? []
  }

  package func texts(_ key: String) -> [Located<String>] {
    list(key).map { Located($0.text, at: $0.range) }
  }

  package func integers(_ key: String) -> [Located<Int>] {
    list(key).compactMap { node in Int(node.text).map { Located($0, at: node.range) } }
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

  private func requireKeys(_ written: [String], _ diagnostics: inout [Diagnostic]) {
    for key in table.keys where key.isRequired && !written.contains(key.name) {
      diagnostics.append(
        SchemaRule.required.finding(
          "'\(key.name)' is missing",
          at: MappingReader.head(of: node),
          help: ["add '\(key.name): \(key.sample)'"]
        )
      )
    }
    for names in table.exactlyOne {
      let found = written.filter(names.contains)
      guard found.count != 1 else { continue }
      let list = names.map { "'\($0)'" }.joined(separator: ", ")
      diagnostics.append(
        SchemaRule.exactlyOne.finding(
          found.isEmpty ? "none of \(list) is written" : "\(found.count) of \(list) are written",
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
