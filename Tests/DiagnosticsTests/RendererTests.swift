import Diagnostics
import Foundation
import Testing

@Suite struct RendererTests {
  private static let guest = """
    bridges:
      net: {index: 1, container: c0}
      store: {index: 2, container: c0}

    """

  private static func finding(_ texts: inout SourceTexts) -> Diagnostic {
    let source = texts.add(name: "db1.yaml", bytes: Array(guest.utf8))
    func range(_ occurrence: Int) -> SourceRange {
      let bytes = Array(guest.utf8)
      let places = bytes.indices.dropLast().filter { bytes[$0] == 0x63 && bytes[$0 + 1] == 0x30 }
      return SourceRange(
        source: source.id,
        start: UInt32(places[occurrence]),
        end: UInt32(places[occurrence] + 2)
      )
    }
    return Diagnostic(
      rule: "papr-container-per-bridge",
      severity: .error,
      message: "two bridges share container 'c0'",
      range: range(1),
      label: "needs a container of its own",
      notes: [.init("first used here", at: range(0)), .init("group 5 has two members")],
      facts: ["group 5", "0000:01:00.0  mlx5_core"],
      why: "each has mappings of its own",
      help: ["delete 'container: c0'"],
      fixIts: [FixIt("give it its own", edits: [.init(range(1), with: "c1")])]
    )
  }

  @Test func `the text form shows both places, the facts and the cure`() {
    var texts = SourceTexts()
    let finding = Self.finding(&texts)
    var renderer = TextRenderer(texts)
    #expect(
      renderer.text(finding) == """
        error: two bridges share container 'c0' [papr-container-per-bridge]
          --> db1.yaml:3:32
           |
         2 |   net: {index: 1, container: c0}
           |                              -- first used here
         3 |   store: {index: 2, container: c0}
           |                                ^^ needs a container of its own
           = group 5
               0000:01:00.0  mlx5_core
           = note: group 5 has two members
           = why: each has mappings of its own
           = help: delete 'container: c0'

        """
    )
  }

  @Test func `a planned thing is shown in its file, and without the file by its line alone`() {
    var texts = SourceTexts()
    var finding = Self.finding(&texts)
    let place = TextPlace(file: "db1.yaml", line: 3, column: 32, length: 2)
    (finding.range, finding.place, finding.notes, finding.facts) = (nil, place, [], [])
    var here = TextRenderer(texts)
    var elsewhere = TextRenderer(SourceTexts())
    let excerpt = """
         |
       3 |   store: {index: 2, container: c0}
         |                                ^^ needs a container of its own

      """
    let whole = here.text(finding)
    #expect(whole.contains(excerpt))
    #expect(elsewhere.text(finding) == whole.replacingOccurrences(of: excerpt, with: ""))
    var concise = ConciseRenderer(SourceTexts())
    #expect(
      concise.text(finding)
        == "db1.yaml:3:32: error: two bridges share container 'c0' [papr-container-per-bridge]\n"
    )
  }

  @Test func `the concise form is one line`() {
    var texts = SourceTexts()
    let finding = Self.finding(&texts)
    var renderer = ConciseRenderer(texts)
    #expect(
      renderer.text(finding)
        == "db1.yaml:3:32: error: two bridges share container 'c0' [papr-container-per-bridge]\n"
    )
  }

  @Test func `what could move the cursor is shown as its number`() {
    var texts = SourceTexts()
    let source = texts.add(name: "a\u{1b}[2J.yaml", bytes: Array("x: \u{1b}[31m\u{202e}\n".utf8))
    let finding = Diagnostic(
      rule: "r",
      severity: .error,
      message: "bad '\u{1b}]0;x\u{7}'",
      range: SourceRange(source: source.id, start: 3, end: 4)
    )
    var renderer = TextRenderer(texts)
    let text = renderer.text(finding)
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202e || $0 == "\n" })
    #expect(text.hasPrefix("error: bad '\\u{1b}]0;x\\u{7}' [r]\n"))
  }

  @Test func `an edit changes its range and nothing else`() {
    var texts = SourceTexts()
    let finding = Self.finding(&texts)
    let edited = EditedText.applying(finding.fixIts.flatMap(\.edits), to: Array(Self.guest.utf8))
    #expect(
      edited.map { String(decoding: $0, as: UTF8.self) } == """
        bridges:
          net: {index: 1, container: c0}
          store: {index: 2, container: c1}

        """
    )
  }

  @Test(
    arguments: [
      ("hugepage", "hugepages"), ("devcies", "devices"), ("kind", "kind"), ("zzz", nil), ("memroy", "memory"),
    ] as [(String, String?)]
  )
  func `the nearest word is what was meant`(word: String, expected: String?) {
    #expect(NearestWord.of(word, in: ["memory", "hugepages", "devices", "kind"]) == expected)
  }

  @Test func `JSON escapes what a reader would trip over`() {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("a\"b")
      writer.string("\\ \n \u{202e} \u{1f600} \u{0}")
      writer.key("list")
      writer.array(compact: true) { writer in
        writer.number(1)
        writer.bool(false)
        writer.null()
      }
    }
    #expect(
      String(decoding: writer.finished(), as: UTF8.self) == """
        {
          "a\\"b": "\\\\ \\n \\u202e \u{1f600} \\u0000",
          "list": [1, false, null]
        }

        """
    )
  }
}
