import Diagnostics
import Testing
import YAMLSyntax

/// A finding as a person reads it: id, and the text it underlines.
private struct Seen: Hashable, CustomStringConvertible {
  var rule: String
  var text: String
  var description: String { "\(rule) «\(text)»" }
}

private func parse(_ text: String, limits: YAMLLimits = YAMLLimits()) -> (
  document: YAMLDocument?, seen: [Seen]
) {
  parse(Array(text.utf8), limits: limits)
}

private func parse(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> (
  document: YAMLDocument?, seen: [Seen]
) {
  let source = SourceText(id: SourceID(0), name: "a.yaml", bytes: bytes)
  var diagnostics: [Diagnostic] = []
  let document = YAMLParser.parse(source, limits: limits, diagnostics: &diagnostics)
  let seen = diagnostics.map { finding in
    let range = finding.range.map { Int($0.start)..<Int($0.end) } ?? 0..<0
    return Seen(rule: finding.rule, text: String(decoding: bytes[range], as: UTF8.self))
  }
  return (document, seen)
}

/// A tree as text, so that whole trees compare.
private func shape(_ node: YAMLNode) -> String {
  switch node.style {
  case .plain: node.text
  case .quoted: "'\(node.text)'"
  case .block: "|\(node.text)|"
  case .sequence: "[" + node.items.map(shape).joined(separator: ", ") + "]"
  case .mapping: "{" + node.pairs.map { "\(shape($0.key)): \(shape($0.value))" }.joined(separator: ", ") + "}"
  }
}

@Suite struct DialectTests {
  @Test(arguments: [
    ("a: 1\nb: [x, 'y', \"z\\n\"]\n", "{a: 1, b: [x, 'y', 'z\n']}"),
    ("a:\n  b:\n    - c\n    - d: e\n      f: g\n", "{a: {b: [c, {d: e, f: g}]}}"),
    ("a: |\n  one\n  two\n", "{a: |one\ntwo\n|}"),
    ("{\"a\": [1, true, null], \"b\": {}}", "{'a': [1, true, null], 'b': {}}"),
    ("\u{feff}a: \u{e9}\u{1f600}\nb: c\n", "{a: \u{e9}\u{1f600}, b: c}"),
    ("a: one\n  two\n", "{a: one two}"),
    ("---\na: !!str 1\n", "{a: '1'}"),
    ("a:\n", "{a: }"),
  ])
  func `a text becomes the tree it says`(text: String, expected: String) throws {
    let (document, seen) = parse(text)
    #expect(seen == [])
    #expect(try shape(#require(document).root) == expected)
  }

  @Test func `every node knows its bytes`() throws {
    let text = "\u{e9}t\u{e9}: {a: \"b\\tc\", d: [1, 22]}\nnext:\n  - x\n\n# end\n"
    let document = try #require(parse(text).document)
    func slice(_ node: YAMLNode) -> String {
      let bytes = Array(text.utf8)
      return String(decoding: bytes[Int(node.range.start)..<Int(node.range.end)], as: UTF8.self)
    }
    let pairs = Array(document.root.pairs)
    #expect(pairs.map { slice($0.key) } == ["\u{e9}t\u{e9}", "next"])
    #expect(pairs.map { slice($0.value) } == ["{a: \"b\\tc\", d: [1, 22]}", "- x"])
    #expect(Array(pairs[0].value.pairs).map { slice($0.value) } == ["\"b\\tc\"", "[1, 22]"])
    #expect(slice(document.root) == String(text.prefix(while: { $0 != "#" })).trimmingEnd)
  }

  @Test(arguments: [
    ("", "yaml-empty", ""), ("# only words\n", "yaml-empty", ""),
    ("a: &x 1\n", "yaml-anchor", "&x 1"), ("<<: {a: 1}\n", "yaml-merge-key", "<<"),
    ("a: !binary aGk=\n", "yaml-tag", "!binary aGk="),
    ("%YAML 1.1\n---\na: 1\n", "yaml-directive", "%YAML 1.1\n---"),
    ("a: 1\n---\nb: 2\n", "yaml-several-documents", "---"), ("? [a]\n: 1\n", "yaml-complex-key", "["),
    ("a: 1\nb: 2\na: 3\n", "yaml-duplicate-key", "a"), ("a: \"x\u{202e}y\"\n", "yaml-character", "\u{202e}"),
    ("a: \"x\\u202ey\"\n", "yaml-character", "\"x\\u202ey\""), ("a: \"\\0\"\n", "yaml-character", "\"\\0\""),
    ("a: x\u{7}\n", "yaml-character", "\u{7}"), ("a: [1\n", "yaml-syntax", ""),
    ("a: b: c\n", "yaml-syntax", ":"), ("\ta: 1\n", "yaml-syntax", "\t"), ("a: 'x\n", "yaml-syntax", ""),
  ])
  func `what the dialect has not is refused at its place`(text: String, rule: String, place: String) {
    #expect(parse(text).seen == [Seen(rule: rule, text: place)])
  }

  @Test func `an alias is refused beside its anchor`() {
    #expect(
      parse("a: &x 1\nb: *x\n").seen == [
        Seen(rule: "yaml-anchor", text: "&x 1"), Seen(rule: "yaml-alias", text: "*x"),
      ]
    )
  }

  @Test(arguments: YAMLRule.allCases)
  func `the examples of a page say what they say`(rule: YAMLRule) {
    #expect(parse(rule.accepted).seen == [])
    if rule != .encoding { #expect(parse(rule.rejected).seen.map(\.rule).contains(rule.rawValue)) }
  }

  @Test func `a byte that is no UTF-8 is shown at its place`() {
    let (document, seen) = parse(Array("a: b".utf8) + [0xff] + Array("c\n".utf8))
    #expect(document == nil)
    #expect(seen.map(\.rule) == ["yaml-encoding"])
  }

  @Test func `a second key names the first, however many stand between`() {
    let many = (0..<5_000).map { "k\($0): 1\n" }.joined() + "k17: 2\n"
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: "a.yaml", bytes: Array(many.utf8))
    _ = YAMLParser.parse(source, diagnostics: &diagnostics)
    #expect(diagnostics.map(\.rule) == ["yaml-duplicate-key"])
    let first = UInt32((0..<17).map { "k\($0): 1\n" }.joined().utf8.count)
    #expect(diagnostics.first?.notes.first?.range?.start == first)
  }
}

/// A limit by its name.
enum Limit: Sendable {
  case bytes, depth, nodes, scalar, key

  func set(to value: Int) -> YAMLLimits {
    var limits = YAMLLimits()
    switch self {
    case .bytes: limits.bytes = value
    case .depth: limits.depth = value
    case .nodes: limits.nodes = value
    case .scalar: limits.scalar = value
    case .key: limits.key = value
    }
    return limits
  }
}

/// A text that a reader had better not take, and the rule that refuses it.
struct HardText: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var rule: String
  var bytes: @Sendable () -> [UInt8]

  init(_ name: String, _ rule: String, _ bytes: @escaping @Sendable () -> [UInt8]) {
    self.testDescription = name
    self.rule = rule
    self.bytes = bytes
  }
}

@Suite struct LimitTests {
  @Test func `a hundred thousand brackets are refused at the depth limit`() {
    let source = SourceText(
      id: SourceID(0),
      name: "a.yaml",
      bytes: [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
    )
    var diagnostics: [Diagnostic] = []
    var events = 0
    let document = YAMLParser.parse(source, limits: YAMLLimits(), diagnostics: &diagnostics, events: &events)
    #expect(document == nil)
    #expect(diagnostics.map(\.rule) == ["yaml-limit"])
    // Stream start, document start, one event a bracket, and the one too many.
    #expect(events == 2 + 64 + 1)
  }

  @Test(
    arguments: [
      ("a: \(String(repeating: "x", count: 100))\n", .scalar, 99),
      ("\(String(repeating: "k", count: 20)): 1\n", .key, 19), ("[1, 2, 3]\n", .nodes, 3),
      ("[[1]]\n", .depth, 1), ("a: 1\n", .bytes, 4),
    ] as [(String, Limit, Int)]
  )
  func `one past a limit is refused and the limit itself is not`(text: String, limit: Limit, value: Int) {
    #expect(parse(text, limits: limit.set(to: value)).seen.map(\.rule) == ["yaml-limit"])
    #expect(parse(text, limits: limit.set(to: value + 1)).seen == [])
  }

  @Test func `a key of ten megabytes is refused with a place`() {
    let (document, seen) = parse(String(repeating: "k", count: 10 << 20) + ": 1\n")
    #expect(document == nil)
    #expect(seen.count == 1)
  }

  @Test(
    arguments: [
      HardText("collections in collections", "yaml-limit") {
        Array(String(repeating: "{a: ", count: 100_000).utf8)
      },
      HardText("blocks in blocks", "yaml-limit") {
        Array((0..<2_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined().utf8)
      },
      HardText("lists in lists", "yaml-limit") { Array(String(repeating: "- ", count: 100_000).utf8) },
      HardText("a scalar past its limit", "yaml-limit") {
        Array("a: ".utf8) + [UInt8](repeating: 0x78, count: (1 << 20) + 1)
      },
      HardText("a quoted one", "yaml-limit") {
        Array("a: \"".utf8) + [UInt8](repeating: 0x78, count: (1 << 20) + 1) + Array("\"".utf8)
      },
      HardText("a quoted key past its limit", "yaml-syntax") {
        Array(("\"" + String(repeating: "k", count: 1_025) + "\": 1").utf8)
      },
      HardText("an explicit key past its limit", "yaml-limit") {
        Array(("? " + String(repeating: "k", count: 1_025) + "\n: 1").utf8)
      },
      HardText("a file cut in a character", "yaml-encoding") { Array("a: \u{e9}".utf8.dropLast()) },
      HardText("a file cut in a string", "yaml-syntax") { Array("a: \"x".utf8) },
      HardText("a file cut in a list", "yaml-syntax") { Array("a: [1, 2".utf8) },
      HardText("UTF-16", "yaml-encoding") { [0xff, 0xfe, 0x61, 0, 0x3a, 0, 0x20, 0, 0x31, 0] },
      HardText("a NUL", "yaml-character") { Array("a: 1\0".utf8) },
      HardText("a character that turns the line around", "yaml-character") { Array("a: x\u{202e}y\n".utf8) },
      HardText("an empty file", "yaml-empty") { [] },
      HardText("blank lines", "yaml-empty") { Array("\n\n\n".utf8) },
      HardText("a mark of byte order alone", "yaml-empty") { [0xef, 0xbb, 0xbf] },
      HardText("half a surrogate", "yaml-syntax") { Array("a: \"\\ud83d\"".utf8) },
    ]
  )
  func `what no reader should be given is refused at once, with a sentence and a place`(text: HardText) {
    let bytes = text.bytes()
    let source = SourceText(id: SourceID(0), name: "a.yaml", bytes: bytes)
    var diagnostics: [Diagnostic] = []
    var events = 0
    _ = YAMLParser.parse(source, limits: YAMLLimits(), diagnostics: &diagnostics, events: &events)
    #expect(diagnostics.map(\.rule) == [text.rule])
    #expect(diagnostics.allSatisfy { !$0.message.isEmpty && $0.range != nil })
    // Refused at the limit and not after all of it: libyaml takes 45 s for what lies beyond.
    #expect(events <= 200, "\(text.testDescription)")
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    var text = self
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
