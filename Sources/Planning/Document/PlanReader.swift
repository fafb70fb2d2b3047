package import Diagnostics
import KeyTables
package import VFIOPlan
import VFIOTypes
package import YAMLSyntax

/// Reads a plan document.
///
/// What was printed reads back as the same plan. What was damaged since is a finding at its place; then there is no
/// plan, since one that is half read would be half applied.
package struct PlanReader {
  var diagnostics: [Diagnostic] = []

  /// The plan of a document; nil where an error stands in it.
  package static func read(_ document: YAMLDocument, diagnostics: inout [Diagnostic]) -> Plan? {
    var reader = PlanReader()
    let plan = reader.plan(document.root)
    let isWhole = !reader.diagnostics.contains { $0.severity == .error }
    diagnostics += reader.diagnostics
    return isWhole ? plan : nil
  }

  private mutating func plan(_ root: YAMLNode) -> Plan? {
    guard root.style == .mapping else {
      diagnostics.append(SchemaRule.type.finding("the plan is no mapping", at: root.range))
      return nil
    }
    let keys = MappingReader(root, PlanTables.plan, &diagnostics)
    let plan = Plan(
      file: text(keys, "file"),
      host: keys.text("host")?.value,
      bindings: list(keys, "bindings", PlanTables.binding) { $0.binding($1) },
      guests: list(keys, "guests", PlanTables.guest) { $0.guest($1) },
      facts: list(keys, "facts", PlanTables.fact) { reader, keys in
        PlanFact(
          subject: reader.text(keys, "subject"),
          name: reader.text(keys, "name"),
          value: reader.text(keys, "value")
        )
      },
      protections: list(keys, "protect", PlanTables.protection) { $0.protection($1) },
      overrides: list(keys, "override", PlanTables.guardOverride) { reader, keys in
        PlannedOverride(
          guardClass: reader.text(keys, "guard"),
          device: reader.address(keys, "device"),
          reason: reader.text(keys, "reason"),
          origin: reader.origin(keys)
        )
      }
    )
    diagnostics += PlanReferences.findings(in: plan, keys)
    return plan
  }

  private mutating func protection(_ keys: MappingReader) -> PlannedProtection {
    let subject: PlannedProtection.Subject =
      keys.address("device").map { .device($0.value) } ?? keys.text("interface").map { .interface($0.value) }
      ?? .block(text(keys, "block"))
    return PlannedProtection(subject: subject, reason: text(keys, "reason"), origin: origin(keys))
  }

  private mutating func binding(_ keys: MappingReader) -> DriverBinding {
    DriverBinding(
      device: address(keys, "device"),
      group: addresses(keys, "group"),
      current: keys.text("current")?.value,
      target: text(keys, "target"),
      purpose: word(keys, "purpose", else: .assigned),
      isManaged: bool(keys, "managed"),
      origin: origin(keys)
    )
  }

  // MARK: Values

  // What is missing or wrong was reported by the table; a stand-in takes its place, and the plan is not handed out.

  func text(_ keys: MappingReader, _ key: String) -> String { keys.text(key)?.value ?? "" }

  func bool(_ keys: MappingReader, _ key: String) -> Bool { keys.bool(key)?.value ?? false }

  func word<Word: RawRepresentable<String>>(_ keys: MappingReader, _ key: String, else standIn: Word) -> Word
  {
    let word: Located<Word>? = keys.word(key)
    return word?.value ?? standIn
  }

  func address(_ keys: MappingReader, _ key: String) -> PCIAddress {
    keys.address(key)?.value ?? PCIAddress(domain: 0, bus: 0, device: 0, function: 0)
  }

  func addresses(_ keys: MappingReader, _ key: String) -> [PCIAddress] {
    keys.list(key).compactMap { PCIAddress(utf8: $0.utf8) }
  }

  func hex(_ keys: MappingReader, _ key: String) -> UInt64 { keys.hexNumber(key)?.value ?? 0 }

  /// A number of up to 64 bits; nil where it is left out.
  mutating func optionalNumber<Number: FixedWidthInteger>(_ keys: MappingReader, _ key: String) -> Number? {
    guard let node = keys.value(key) else { return nil }
    if let number = Number(node.text) { return number }
    diagnostics.append(PlanRule.number.finding("'\(node.text)' at '\(key)' is too large", at: node.range))
    return nil
  }

  mutating func number<Number: FixedWidthInteger>(_ keys: MappingReader, _ key: String) -> Number {
    optionalNumber(keys, key) ?? 0
  }

  mutating func range(_ keys: MappingReader) -> IOVARange {
    let (start, last) = (hex(keys, "start"), hex(keys, "last"))
    guard start <= last else {
      diagnostics.append(
        PlanRule.number.finding("the range ends before it starts", at: keys.node.range)
      )
      return IOVARange(start: last, last: last)
    }
    return IOVARange(start: start, last: last)
  }

  mutating func origin(_ keys: MappingReader) -> Origin {
    guard let origin = keys.nested("origin", PlanTables.originTable, &diagnostics) else {
      return Origin(path: "", line: 0, column: 0, length: 0)
    }
    return Origin(
      path: text(origin, "path"),
      line: number(origin, "line"),
      column: number(origin, "column"),
      length: number(origin, "length")
    )
  }

  /// A mapping that may be left out.
  mutating func nested<Value>(
    _ keys: MappingReader,
    _ key: String,
    _ table: KeyTable,
    _ body: (inout PlanReader, MappingReader) -> Value
  ) -> Value? {
    keys.nested(key, table, &diagnostics).map { body(&self, $0) }
  }

  /// A list of mappings.
  mutating func list<Element>(
    _ keys: MappingReader,
    _ key: String,
    _ table: KeyTable,
    _ body: (inout PlanReader, MappingReader) -> Element
  ) -> [Element] {
    keys.list(key).map { node in
      let reader = MappingReader(node, table, &diagnostics)
      return body(&self, reader)
    }
  }
}
