import Diagnostics
import GuestSchema
import HostInventory
import Planning
import Policy
import Resolution
import Testing
import VFIOPlan
import YAMLSyntax

/// A guest file taken through the whole pipeline.
struct PlannedText {
  var plan: Plan?
  var diagnostics: [Diagnostic] = []

  init(_ text: String, on host: HostSnapshot?) {
    var texts = SourceTexts()
    let source = texts.add(name: "guest.yaml", bytes: Array(text.utf8))
    guard let document = YAMLParser.parse(source, diagnostics: &diagnostics) else { return }
    let configuration = GuestReader.read(document, diagnostics: &diagnostics)
    let resolved = Resolver.resolve(configuration, host: host)
    let judgement = Judge.judge(resolved, earlier: diagnostics, today: nil)
    diagnostics = judgement.diagnostics
    plan = judgement.accepted.map { Planner.plan($0, texts: texts, file: "guest.yaml") }
  }

  init(_ text: String, on host: ExampleHost) { self.init(text, on: host.snapshot) }

  /// What was said of the text at the level of errors, for the failure of a test.
  var errors: [String] {
    diagnostics.filter { $0.severity == .error }.map { "\($0.rule): \($0.message)" }
  }
}

/// The plan of a text that no rule refuses.
func plan(_ text: String, on host: ExampleHost) throws -> Plan {
  let planned = PlannedText(text, on: host)
  #expect(planned.errors == [])
  return try #require(planned.plan)
}

extension Plan {
  /// The steps of the first guest, without their origins.
  var firstSteps: [Step] { guests.first?.steps.map(\.step) ?? [] }
}
