import Diagnostics
import Foundation
import Planning
import Policy
import TestSupport
import Testing
import VFIOPlan
import YAMLSyntax

/// An invariant as the argument of a test.
struct NamedInvariant: CustomTestStringConvertible, Sendable {
  var invariant: any PlanInvariant.Type
  var testDescription: String { invariant.description.id }

  static let all = PlanInvariants.all.map { NamedInvariant(invariant: $0) }

  /// The lines of an example that the invariant reports.
  func lines(_ example: Example) throws -> (reported: [Int], marked: [Int]) {
    let (text, marked) = ExamplePlan.whole(example)
    var diagnostics: [Diagnostic] = []
    let read = readPlan(Array(text.utf8), &diagnostics)
    #expect(diagnostics.map(\.message) == [], "\(text)")
    let plan = try #require(read)
    var findings = PlanFindings(invariant.description, of: plan)
    for guest in plan.guests { invariant.check(guest, in: plan, &findings) }
    return (findings.diagnostics.compactMap(\.place?.line), marked)
  }
}

/// A plan read from its text.
func readPlan(_ text: [UInt8], _ diagnostics: inout [Diagnostic]) -> Plan? {
  let source = SourceText(id: SourceID(0), name: "plan.json", bytes: text)
  guard let document = YAMLParser.parse(source, diagnostics: &diagnostics) else { return nil }
  return PlanReader.read(document, diagnostics: &diagnostics)
}

@Suite struct InvariantTests {
  @Test(arguments: NamedInvariant.all)
  func `a rejected example is reported exactly where it is marked`(named: NamedInvariant) throws {
    for example in named.invariant.description.rejects {
      let (reported, marked) = try named.lines(example)
      #expect(reported == marked, "\(example.text)")
      #expect(!marked.isEmpty, "\(example.text)")
    }
  }

  @Test(arguments: NamedInvariant.all)
  func `an accepted example is accepted`(named: NamedInvariant) throws {
    for example in named.invariant.description.accepts {
      #expect(try named.lines(example).reported == [], "\(example.text)")
    }
  }

  @Test(arguments: NamedInvariant.all)
  func `a page is whole`(named: NamedInvariant) {
    let description = named.invariant.description
    let counts = [description.accepts.count, description.rejects.count, description.sources.count]
    #expect(counts.allSatisfy { $0 >= 1 })
    #expect(!description.summary.hasSuffix(".") && !description.rationale.isEmpty)
    #expect(description.severity == .error && !description.canBeWaived)
  }

  @Test func `file, type and id are one name, and the list is the folder`() throws {
    let list = PlanInvariants.all.map { (type: "\($0)", id: $0.description.id) }
    #expect(list.filter { $0.type.lowercased() != $0.id.filter { $0 != "-" } }.map(\.type) == [])
    #expect(list.map(\.id) == list.map(\.id).sorted())
    let folder = Checkout.root.appendingPathComponent("Sources/Planning/Invariants").path
    let machinery = ["ExamplePlan", "PlanFindings", "PlanInvariant", "PlanInvariants"]
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).map { String($0.dropLast(6)) }
    #expect(files.filter { !machinery.contains($0) }.sorted() == list.map(\.type).sorted())
  }
}
