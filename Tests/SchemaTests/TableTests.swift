import Diagnostics
import GuestSchema
import HostInventory
import KeyTables
import TestSupport
import Testing
import YAMLSyntax

/// A file of the checkout that the program's tables write.
struct GeneratedFile: Sendable, CustomTestStringConvertible {
  var path: String
  var bytes: @Sendable () -> [UInt8]

  var testDescription: String { path }
}

@Suite struct TableTests {
  @Test(arguments: [
    GeneratedFile(path: "Schemas/guest.schema.json") { GuestSchema.schema.bytes() },
    GeneratedFile(path: "Schemas/host.schema.json") { SnapshotTables.schema.bytes() },
    GeneratedFile(path: "Sources/GuestSchema/GuestSchema.docc/Keys.md") { GuestSchema.keyPage.bytes() },
  ])
  func `a generated file is what the tables say`(file: GeneratedFile) {
    #expect(Checkout.agrees(file.path, with: file.bytes()), "UPDATE_GOLDEN=1 writes it anew")
  }

  /// What a reader of one key alone says of a value of it.
  private static func findings(_ value: String, at key: Key) -> [String] {
    var alone = key
    alone.isRequired = false
    let text = "\(key.name): \(value)\n"
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "a.yaml", bytes: Array(text.utf8))
    guard let document = YAMLParser.parse(source, diagnostics: &diagnostics) else {
      return diagnostics.map(\.message)
    }
    deepRead(document.root, KeyTable("alone", "", [alone]), &diagnostics)
    return diagnostics.map { "\(text.dropLast()): \($0.message)" }
  }

  /// Reads a mapping and all below it by the tables alone.
  private static func deepRead(_ node: YAMLNode, _ table: KeyTable, _ diagnostics: inout [Diagnostic]) {
    let reader = MappingReader(node, table, &diagnostics)
    for key in table.keys {
      guard let value = reader.value(key.name) else { continue }
      deepRead(value, key.type, reader, key.name, &diagnostics)
    }
  }

  private static func deepRead(
    _ node: YAMLNode,
    _ type: KeyType,
    _ reader: MappingReader,
    _ key: String,
    _ diagnostics: inout [Diagnostic]
  ) {
    switch type {
    case .mapping(let table), .scalarOrMapping(_, let table):
      if node.style == .mapping { deepRead(node, table, &diagnostics) }
    case .named(let shape, let table):
      for entry in reader.entries(key, shape, &diagnostics) { deepRead(entry.node, table, &diagnostics) }
    case .list(let element):
      for item in node.items { deepRead(item, element, reader, key, &diagnostics) }
    case .integer, .bool, .text, .shaped, .words, .wordsOr, .scalar, .free: break
    }
  }

  private static let tables = GuestSchema.schema.tables + SnapshotTables.schema.tables

  @Test(arguments: tables.map(\.name))
  func `every example and every default is accepted by its own key`(name: String) {
    let keys = Self.tables.filter { $0.name == name }.flatMap(\.keys)
    #expect(keys.flatMap { Self.findings($0.sample, at: $0) } == [])
    #expect(keys.flatMap { key in key.standard.map { Self.findings($0, at: key) } ?? [] } == [])
    #expect(keys.filter { $0.sample == $0.standard }.map(\.name) == [])
  }

  @Test func `every key of a guest file that takes any text shows one as it would be written`() {
    let bare = GuestSchema.schema.tables.flatMap { table in
      table.keys.filter { $0.sample.contains("some-text") || $0.sample.contains("some-name") }
        .map { "\(table.name).\($0.name)" }
    }
    #expect(bare == [])
  }

  @Test func `names of tables and keys are unique`() {
    for schema in [GuestSchema.schema, SnapshotTables.schema] {
      #expect(Set(schema.tables.map(\.name)).count == schema.tables.count)
      for table in schema.tables { #expect(Set(table.keys.map(\.name)).count == table.keys.count) }
    }
  }
}
