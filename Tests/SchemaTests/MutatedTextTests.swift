import Diagnostics
import Foundation
import GuestSchema
import HostInventory
import KeyTables
import TestSupport
import Testing
import YAMLSyntax

/// Texts that are nearly right, through the readers of both kinds of file.
@Suite struct MutatedTextTests {
  /// Whole files of both kinds, in both spellings: what tables allow, and the examples of the checkout.
  private static func seeds() -> [[UInt8]] {
    var generator = Generator(seed: 4)
    var texts: [[UInt8]] = []
    for schema in [GuestSchema.schema, SnapshotTables.schema] {
      texts += (0..<20).map { _ in Array(generator.value(of: schema.root).value.json.utf8) }
    }
    texts.append(
      Array(
        """
        version: 1
        profiles: {fast: {bridge: {numa: 0, window: {dma32: 1GiB}}}, give: {device: {siblings: give}}}
        guests:
          db1:
            machine: pseries
            memory: {size: 64GiB, hugepages: 1GiB}
            numa: {0: {memory: 32GiB, host-nodes: [0]}}
            bridges:
              net:
                use: [fast]
                index: 1
                devices:
                  - {use: [give], device: "0001:01:00.0", expect: {vendor: "15b3", id: "1017"}}
                  - 0001:01:00.1
                neighbours: [{name: disk0, slot: 3}]

        """.utf8
      )
    )
    let guests = Checkout.root.appendingPathComponent("Examples/guests")
    for folder in (try? FileManager.default.contentsOfDirectory(atPath: guests.path))?.sorted() ?? [] {
      for name in ["guest.yaml", "host.json"] {
        if let bytes = Checkout.bytes("Examples/guests/\(folder)/\(name)"), bytes.count < 20_000 {
          texts.append(bytes)
        }
      }
    }
    return texts
  }

  /// One to four changes: of bytes, as a slip or a cut file would have them, and of words that mean something here.
  private static func mutate(_ text: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    let words = [
      "null", "true", "-1", "99999999999999999999", "1e400", "010", "0000:01:00.0", "use: [fast]", "{}", "[]",
      "\"\"",
      "\n", "  ", ": ", ", ", "{", "[", "&a ", "*a", "<<: ", "\u{202e}", "\0", "auto", "1GiB", "\u{1f600}",
    ]
    var bytes = text
    for _ in 0...Int.random(in: 0...3, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 3: bytes.replaceSubrange(place..<end, with: (words.randomElement(using: &random) ?? "").utf8)
      case 4: bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: place)
      default: if Int.random(in: 0..<8, using: &random) == 0 { bytes = Array(bytes[..<place]) }
      }
    }
    return bytes
  }

  /// The ranges of a finding: its own, its notes', its edits'.
  private static func ranges(_ finding: Diagnostic) -> [SourceRange?] {
    [finding.range] + finding.notes.map(\.range) + finding.fixIts.flatMap { $0.edits.map { $0.range } }
  }

  @Test func `no text crashes a reader, and every finding, note and edit lies in the text`() {
    var random = SeededGenerator(seed: 20_261_126)
    let seeds = Self.seeds()
    var read = 0
    for round in 0..<Rounds.of(100_000) {
      let bytes = Self.mutate(seeds[round % seeds.count], &random)
      let source = SourceText(id: SourceID(0), name: "m", bytes: bytes)
      var diagnostics: [Diagnostic] = []
      if let document = YAMLParser.parse(source, diagnostics: &diagnostics) {
        read += 1
        _ = GuestReader.read(document, diagnostics: &diagnostics)
        _ = SnapshotReader.read(document, diagnostics: &diagnostics)
      }
      let outside = diagnostics.filter { finding in
        Self.ranges(finding).contains { range in
          guard let range else { return false }
          return range.start > range.end || Int(range.end) > bytes.count
        }
      }
      #expect(outside == [], "round \(round)")
      #expect(diagnostics.allSatisfy { $0.range != nil }, "round \(round): a finding without a place")
    }
    // A good part must reach the readers, or this tests the parser alone.
    #expect(read * 6 > Rounds.of(100_000))
  }
}

/// What a guest file says of its own spelling, from the bytes to the findings.
@Suite struct SpellingTests {
  private static func findings(_ bytes: [UInt8]) -> [String] {
    let source = SourceText(id: SourceID(0), name: "a.yaml", bytes: bytes)
    var diagnostics: [Diagnostic] = []
    if let document = YAMLParser.parse(source, diagnostics: &diagnostics) {
      _ = GuestReader.read(document, diagnostics: &diagnostics)
    }
    return diagnostics.map { finding in
      let range = finding.range.map { Int($0.start)..<Int($0.end) } ?? 0..<0
      return "\(finding.rule) \(String(decoding: bytes[range], as: UTF8.self).prefix(40))"
    }
  }

  private static func whole(_ bridge: String) -> String {
    "version: 1\nguests: {db1: {machine: q35, memory: 1GiB, bridges: {net: {\(bridge)}}}}\n"
  }

  @Test(
    arguments: [
      ("devices: [0000:01:00.0]", ["yaml-plain-address 0000:01:00.0"]),
      ("devices: [{device: 0000:01:00.0}]", ["yaml-plain-address 0000:01:00.0"]),
      ("devices: [\"0000:01:00.0\"]", []), ("index: 010", ["schema-type 010"]),
      ("index: 0x10", ["schema-type 0x10"]), ("index: +1", ["schema-type +1"]),
      ("index: 1_000", ["schema-type 1_000"]), ("index: 1.0", ["number-form 1.0"]), ("index: 10", []),
      ("index: \"1\"", ["schema-type \"1\""]), ("window: {ddw: yes}", ["schema-type yes"]),
      ("window: {ddw: True}", ["schema-type True"]),
      ("window: {dma32: 1073741824}", ["schema-type 1073741824"]),
      ("window: {dma32: 16EiB}", ["number-form 16EiB"]), ("window: {dma32: 010GiB}", ["schema-shape 010GiB"]),
      ("numa: ~", ["schema-type ~"]), ("numa: ", ["schema-type "]),
      ("numa: 1, numa: 2", ["yaml-duplicate-key numa"]),
      ("devices: [{device: \"0000:01:00.0\", expect: {id: 1017}}]", ["schema-type 1017"]),
    ] as [(String, [String])]
  )
  func `a value is what its key says, not what it looks like`(bridge: String, expected: [String]) {
    #expect(Self.findings(Array(Self.whole(bridge).utf8)) == expected)
  }

  @Test func `the fix of a plain address quotes it, and then nothing is said`() throws {
    let bytes = Array(Self.whole("devices: [0000:01:00.0, {device: 0000:02:00.0}]").utf8)
    let source = SourceText(id: SourceID(0), name: "a.yaml", bytes: bytes)
    var diagnostics: [Diagnostic] = []
    let document = try #require(YAMLParser.parse(source, diagnostics: &diagnostics))
    _ = GuestReader.read(document, diagnostics: &diagnostics)
    #expect(diagnostics.map(\.severity) == [.warning, .warning])
    var fixed = bytes
    for edit in diagnostics.flatMap(\.fixIts).flatMap(\.edits).reversed() {
      fixed.replaceSubrange(Int(edit.range.start)..<Int(edit.range.end), with: edit.replacement.utf8)
    }
    #expect(Self.findings(fixed) == [])
  }

  @Test func `a fault in a fragment is said once, and a fragment may use one after it`() {
    let text = """
      version: 1
      profiles:
        b: {bridge: {numa: x, devices: [{use: [d], device: "0000:01:00.0"}]}}
        d: {device: {siblings: give}}
      guests:
        db1: {machine: q35, memory: 1GiB, bridges: {one: {use: [b]}, two: {use: [b]}}}

      """
    #expect(Self.findings(Array(text.utf8)) == ["schema-type x"])
  }
}
