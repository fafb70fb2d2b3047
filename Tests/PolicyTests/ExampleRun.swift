import Diagnostics
import GuestSchema
import HostInventory
import Policy
import Resolution
import YAMLSyntax

/// An example read, resolved and judged.
struct ExampleRun {
  var text: [UInt8]
  var marks: [Range<Int>]
  /// What parser and reader said; a good example gives them nothing to say.
  var earlier: [Diagnostic] = []
  var findings = Findings()

  init(_ example: Example, of rule: any Rule.Type, rules: [any Rule.Type]) {
    let host = example.host ?? rule.description.host
    let whole = ExampleFile.whole(example, host: host)
    (text, marks) = ExampleFile.unmarked(whole)
    run(host.snapshot, rules)
  }

  /// The same example against another host.
  init(_ example: Example, of rule: any Rule.Type, rules: [any Rule.Type], on snapshot: HostSnapshot?) {
    let whole = ExampleFile.whole(example, host: example.host ?? rule.description.host)
    (text, marks) = ExampleFile.unmarked(whole)
    run(snapshot, rules)
  }

  private init(text: [UInt8]) {
    self.text = text
    self.marks = []
  }

  /// The same example with all fix-its applied; nil where there are none.
  func fixed(host: ExampleHost, rules: [any Rule.Type]) -> ExampleRun? {
    let edits = findings.diagnostics.compactMap(\.fixIts.first).flatMap(\.edits)
    guard !edits.isEmpty, let bytes = EditedText.applying(edits, to: text) else { return nil }
    var run = ExampleRun(text: bytes)
    run.run(host.snapshot, rules)
    return run
  }

  private mutating func run(_ host: HostSnapshot?, _ rules: [any Rule.Type]) {
    let source = SourceText(id: SourceID(0), name: "example.yaml", bytes: text)
    guard let document = YAMLParser.parse(source, diagnostics: &earlier) else { return }
    let configuration = GuestReader.read(document, diagnostics: &earlier)
    let resolved = Resolver.resolve(configuration, host: host)
    findings = RuleWalk(rules: rules).findings(in: resolved)
  }

  var shown: String { String(decoding: text, as: UTF8.self) }
}
