import Diagnostics
import Foundation
import TestSupport
import Testing
import YAMLSyntax

/// What is said of a text: nil where it is valid, else the first fault.
typealias Verdict = String?

/// Python's jsonschema, of the environment that `.ci/python` makes.
enum PythonJudge {
  /// The interpreter, or nil where the environment has not been made.
  static let interpreter: URL? = {
    guard let path = try? run(Checkout.root.appendingPathComponent(".ci/python"), ["--path"]) else {
      return nil
    }
    let file = URL(fileURLWithPath: path.trimmingCharacters(in: .whitespacesAndNewlines))
    return FileManager.default.isExecutableFile(atPath: file.path) ? file : nil
  }()

  /// Its verdict on each text, from one process.
  static func verdicts(on texts: [[UInt8]], schema: [UInt8]) throws -> [Verdict]? {
    guard let interpreter else { return nil }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vfioplan-\(UUID().uuidString)"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let schemaFile = folder.appendingPathComponent("schema.json")
    let batch = folder.appendingPathComponent("batch.json-seq")
    try Data(schema).write(to: schemaFile)
    try Data(texts.flatMap { [0x1e] + $0 + [0x0a] }).write(to: batch)
    let script = Checkout.root.appendingPathComponent("Tests/SchemaTests/validate.py")
    let output = try run(interpreter, [script.path, schemaFile.path, batch.path])
    return output.split(separator: "\n").map { $0 == "valid" ? nil : String($0) }
  }

  private static func run(_ program: URL, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(status: process.terminationStatus) }
    return String(decoding: output, as: UTF8.self)
  }

  private struct Failed: Error { var status: Int32 }
}

/// Our own reader.
struct ReaderJudge: Sendable {
  var read: @Sendable (YAMLDocument, inout [Diagnostic]) -> Void

  /// Its verdict on a text, by the findings whose ids begin with `schema-`; a text that is refused before its keys are
  /// looked at has none, which is a failure of the test.
  func verdict(on text: [UInt8]) throws -> Verdict {
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "instance", bytes: text)
    let document = try #require(
      YAMLParser.parse(source, diagnostics: &diagnostics),
      "\(String(decoding: text, as: UTF8.self)): \(diagnostics.first?.message ?? "")"
    )
    read(document, &diagnostics)
    return diagnostics.first { $0.rule.hasPrefix("schema-") }.map { "\($0.rule): \($0.message)" }
  }
}
