import Diagnostics
import Foundation
import GuestSchema
import HostInventory
import KeyTables
import TestSupport
import Testing
import YAMLSyntax

/// A schema beside the reader of the same key tables.
struct SchemaCase: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var schema: JSONSchema
  var judge: ReaderJudge

  static let guest = SchemaCase(
    testDescription: "guest",
    schema: GuestSchema.schema,
    judge: ReaderJudge { _ = GuestReader.read($0, diagnostics: &$1) }
  )
  static let host = SchemaCase(
    testDescription: "host",
    schema: SnapshotTables.schema,
    judge: ReaderJudge { _ = SnapshotReader.read($0, diagnostics: &$1) }
  )
}

/// A text on which two of the three disagree: what it was made to be, the reader, Python.
private struct Disagreement: Hashable, CustomStringConvertible {
  var made: String
  var reader: Verdict
  var python: Verdict
  var text: String

  var description: String {
    "made \(made); reader: \(reader ?? "valid"); python: \(python ?? "valid"); \(text.prefix(2_000))"
  }
}

@Suite struct AgreementTests {
  @Test(arguments: [SchemaCase.guest, .host])
  func `two thousand generated texts are judged alike by the reader and by jsonschema`(subject: SchemaCase)
    throws
  {
    guard PythonJudge.interpreter != nil else {
      #expect(!Checkout.isMissing("Python's jsonschema (made by .ci/python)"))
      return
    }
    var generator = Generator(seed: 20_261_125)
    var texts: [(made: String, isValid: Bool, bytes: [UInt8])] = []
    let kinds = Set(subject.schema.tables.flatMap { Generator.kinds(of: $0) })
    // Two thousand, and then on until every kind of fault has been at every key.
    for round in 0..<12_000 {
      guard round < 2_000 || !kinds.isSubset(of: generator.kindsMade) else { break }
      let (value, sites) = generator.value(of: subject.schema.root)
      if round < 2_000 && round.isMultiple(of: 2) {
        texts.append(("valid", true, Array(value.json.utf8)))
      } else {
        let (spoiled, fault) = generator.fault(in: value, sites)
        texts.append((fault, false, Array(spoiled.json.utf8)))
      }
    }
    let python = try #require(
      try PythonJudge.verdicts(on: texts.map(\.bytes), schema: subject.schema.bytes())
    )
    try #require(python.count == texts.count)
    var disagreements: [Disagreement] = []
    for (text, python) in zip(texts, python) {
      let reader = try subject.judge.verdict(on: text.bytes)
      guard (reader == nil) != text.isValid || (python == nil) != text.isValid else { continue }
      disagreements.append(
        Disagreement(
          made: text.made,
          reader: reader,
          python: python,
          text: String(decoding: text.bytes, as: UTF8.self)
        )
      )
    }
    #expect(disagreements == [])
    let keys = subject.schema.tables.flatMap { table in table.keys.map { "\(table.name).\($0.name)" } }
    #expect(keys.filter { generator.written[$0, default: 0] == 0 } == [])
    #expect(Set(generator.written.keys) == Set(keys))
    #expect(kinds.subtracting(generator.kindsMade) == [])
    #expect(texts.count >= 2_000)
  }

  /// A text of the folder of examples, as JSON: what is YAML is written from the nodes the front end sees.
  private static func json(_ path: URL) -> [UInt8]? {
    guard let data = try? Data(contentsOf: path) else { return nil }
    if path.pathExtension == "json" { return Array(data) }
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: path.lastPathComponent, bytes: Array(data))
    guard let document = YAMLParser.parse(source, diagnostics: &diagnostics) else { return nil }
    var writer = JSONWriter()
    writer.node(document.root)
    return writer.finished()
  }

  @Test(arguments: [(SchemaCase.guest, "guest.yaml"), (.host, "host.json")])
  func `every example is judged alike`(subject: SchemaCase, name: String) throws {
    guard PythonJudge.interpreter != nil else {
      #expect(!Checkout.isMissing("Python's jsonschema (made by .ci/python)"))
      return
    }
    let folder = Checkout.root.appendingPathComponent("Examples/guests")
    let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    let files = cases.map { folder.appendingPathComponent($0).appendingPathComponent(name) }
    let texts = files.compactMap { Self.json($0) }
    let python = try #require(try PythonJudge.verdicts(on: texts, schema: subject.schema.bytes()))
    let reader = try texts.map { try subject.judge.verdict(on: $0) }
    #expect(python.map { $0 == nil } == reader.map { $0 == nil })
  }

  @Test func `every tree's snapshot is valid by the schema`() throws {
    guard PythonJudge.interpreter != nil else {
      #expect(!Checkout.isMissing("Python's jsonschema (made by .ci/python)"))
      return
    }
    guard Checkout.shared != nil else {
      #expect(!Checkout.isMissing("../shared/hosts"))
      return
    }
    let texts = try TreeFiles.names.map { name in
      SnapshotWriter.document(SysfsReader.snapshot(of: try #require(TreeFiles.shared(name))))
    }
    let python = try #require(try PythonJudge.verdicts(on: texts, schema: SnapshotTables.schema.bytes()))
    #expect(python == texts.map { _ in nil })
  }
}
