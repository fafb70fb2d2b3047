import Foundation
import Testing

/// One import line of a source file.
struct ImportLine: Hashable {
  var file: String
  var number: Int
  var module: String

  /// The module an import line names, or nil where the line imports nothing.
  ///
  /// Attributes, an access level and the
  /// kind of a scoped import (`import struct Module.Name`) stand before it.
  static func module(in line: Substring) -> String? {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard let keyword = words.firstIndex(of: "import") else { return nil }
    let levels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    guard words[..<keyword].allSatisfy({ $0.hasPrefix("@") || levels.contains($0) }) else { return nil }
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    var rest = words[(keyword + 1)...]
    if let first = rest.first, kinds.contains(first) { rest = rest.dropFirst() }
    return rest.first.map { String($0.prefix { $0 != "." && $0 != ";" }) }
  }
}

/// The checkout the tests were built from.
enum Checkout {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func swiftFiles(below folder: String) -> [URL] {
    let base = root.appendingPathComponent(folder)
    let entries = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
    return (entries?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
  }

  static func lines(of file: URL) throws -> [Substring] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
  }
}

@Suite struct ImportLineTests {
  @Test func `every folder under Sources is a room of the table`() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: Checkout.root.appendingPathComponent("Sources").path
    )
    #expect(Set(folders) == Set(RoomTable.imports.keys))
  }

  @Test(arguments: RoomTable.imports.keys.sorted())
  func `a room imports only what the table allows`(room: String) throws {
    let allowed = (RoomTable.imports[room] ?? []).union(RoomTable.language)
    var strangers: [ImportLine] = []
    for file in Checkout.swiftFiles(below: "Sources/\(room)") {
      for (index, line) in try Checkout.lines(of: file).enumerated() {
        guard let module = ImportLine.module(in: line), !allowed.contains(module) else { continue }
        strangers.append(ImportLine(file: file.lastPathComponent, number: index + 1, module: module))
      }
    }
    #expect(strangers == [])
  }

  @Test func `only three rooms write unsafe`() throws {
    var hits: [String] = []
    for room in RoomTable.imports.keys.sorted() where !RoomTable.mayBeUnsafe.contains(room) {
      for file in Checkout.swiftFiles(below: "Sources/\(room)") {
        let found = try Checkout.lines(of: file).contains { line in
          let words = line.split(whereSeparator: { " \t(".contains($0) })
          guard let word = words.firstIndex(of: "unsafe") else { return false }
          return !words[..<word].contains(where: { $0.hasPrefix("//") }) && !line.contains("\"")
        }
        if found { hits.append("\(room)/\(file.lastPathComponent)") }
      }
    }
    #expect(hits == [])
  }

  @Test func `the table has no cycle`() {
    var open = RoomTable.imports.mapValues { $0.filter { RoomTable.imports[$0] != nil } }
    while let leaf = open.first(where: { $0.value.isEmpty })?.key {
      open[leaf] = nil
      for room in open.keys { open[room]?.remove(leaf) }
    }
    #expect(open.isEmpty)
  }

  @Test(
    arguments: [
      ("import Glibc", "Glibc"), ("package import VFIOTypes", "VFIOTypes"),
      ("@preconcurrency import Foundation", "Foundation"), ("import struct Foundation.URL", "Foundation"),
      ("  internal import Policy // rules", "Policy"), ("let import1 = 2", nil), ("// import Glibc", nil),
    ] as [(String, String?)]
  )
  func `an import line is read in all its forms`(line: String, module: String?) {
    #expect(ImportLine.module(in: Substring(line)) == module)
  }
}
