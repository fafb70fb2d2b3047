import Diagnostics
import KeyTables
import Planning
import Policy
import TestSupport
import Testing
import VFIOPlan
import YAMLSyntax

@Suite struct DocumentTests {
  @Test(arguments: PlanCase.all)
  func `what is printed reads back as the same plan and prints the same again`(example: PlanCase) throws {
    let plan = try example.plan()
    let text = PlanJSON.document(plan)
    var diagnostics: [Diagnostic] = []
    let read = readPlan(text, &diagnostics)
    #expect(diagnostics.map(\.message) == [])
    #expect(read == plan)
    #expect(read.map(PlanJSON.document) == text)
  }

  @Test(arguments: PlanCase.all)
  func `no invariant is broken`(example: PlanCase) throws {
    #expect(PlanInvariants.check(try example.plan()).map(\.message) == [])
  }

  @Test func `a name is six digits of the text's digest`() throws {
    let plan = try PlanCase.mapAll.plan()
    let name = PlanJSON.name(of: plan)
    #expect(name.count == 6 && name.allSatisfy(\.isHexDigit))
    #expect(name == PlanJSON.name(of: PlanJSON.document(plan)))
  }

  /// A text of a plan, damaged in one place, and what is said of it.
  struct Damage: CustomTestStringConvertible, Sendable {
    var was: String
    var becomes: String
    var rule: String
    /// What the finding underlines, its beginning.
    var place: String
    var testDescription: String { "\(was) -> \(becomes)" }
  }

  @Test(arguments: [
    Damage(was: "\"schema-version\": 1", becomes: "\"schema-version\": 2", rule: "schema-range", place: "2"),
    Damage(was: "\"target\": \"vfio-pci\", ", becomes: "", rule: "schema-required", place: "\"device\""),
    Damage(
      was: "\"purpose\": \"assigned\"",
      becomes: "\"purpose\": \"asigned\"",
      rule: "schema-word",
      place: "\"asigned\""
    ),
    Damage(was: "\"managed\": true", becomes: "\"managed\": 1", rule: "schema-type", place: "1"),
    Damage(
      was: "\"slots\": 0",
      becomes: "\"slots\": 0, \"slotz\": 0",
      rule: "schema-unknown-key",
      place: "\"slotz\""
    ),
    Damage(
      was: "\"size\": 2147483648",
      becomes: "\"size\": 99999999999999999999",
      rule: "schema-range",
      place: "99999999999999999999"
    ),
    Damage(
      was: "\"step\": \"open-group\", \"group\": \"0000:02:00.0\"",
      becomes: "\"step\": \"open-group\", \"group\": \"0000:09:00.0\"",
      rule: "plan-reference",
      place: "\"0000:09:00.0\""
    ),
    Damage(
      was: "\"step\": \"set-iommu\", \"container\": \"map-all\"",
      becomes: "\"step\": \"set-iommu\", \"container\": \"map-some\"",
      rule: "plan-reference",
      place: "\"map-some\""
    ),
    Damage(
      was: "\"step\": \"open-container\", \"container\": \"map-all\", ",
      becomes: "\"step\": \"open-container\", ",
      rule: "plan-step-arguments",
      place: "{\"step\""
    ),
    Damage(
      was: "\"step\": \"open-container\", ",
      becomes: "\"step\": \"open-container\", \"memory\": \"below-4g\", ",
      rule: "plan-step-arguments",
      place: "\"memory\""
    ),
    Damage(
      was: "\"range\": {\"start\": \"0x0\", \"last\": \"0x7fffffff\"}",
      becomes: "\"range\": {\"start\": \"0x1\", \"last\": \"0x0\"}",
      rule: "plan-number",
      place: "{\"start\""
    ),
  ])
  func `a damaged plan is refused at the place of the damage`(damage: Damage) throws {
    let plan = try PlanCase.besideBypass.plan()
    var text = String(decoding: PlanJSON.document(plan), as: UTF8.self)
    let range = try #require(text.firstRange(of: damage.was))
    text.replaceSubrange(range, with: damage.becomes)
    let bytes = Array(text.utf8)
    var diagnostics: [Diagnostic] = []
    #expect(readPlan(bytes, &diagnostics) == nil)
    #expect(diagnostics.map(\.rule) == [damage.rule])
    let start = try #require(diagnostics.first?.range?.start)
    #expect(bytes[Int(start)...].starts(with: damage.place.utf8))
  }

  @Test func `no damage to any byte crashes the reader`() throws {
    var generator = SeededGenerator(seed: 7)
    let text = PlanJSON.document(try PlanCase.twoBridges.plan())
    for _ in 0..<Rounds.of(2000) {
      var damaged = text
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<damaged.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: damaged.remove(at: place)
        default: damaged.removeSubrange(place..<min(damaged.count, place + 40))
        }
      }
      var diagnostics: [Diagnostic] = []
      if let plan = readPlan(damaged, &diagnostics) { _ = PlanInvariants.check(plan) }
    }
  }

  @Test func `the schema names every table once and every key the writer writes`() throws {
    let schema = String(decoding: PlanSchema.schema.bytes(), as: UTF8.self)
    #expect(schema.contains("\"$ref\": \"#/$defs/plan\""))
    for kind in StepKind.allCases { #expect(schema.contains("\"\(kind.rawValue)\"")) }
  }
}
