import Diagnostics
import Foundation
import GuestSchema
import HostInventory
import Policy
import Resolution
import TestSupport
import Testing

/// A rule as the argument of a test.
struct NamedRule: CustomTestStringConvertible, Sendable {
  var rule: any Rule.Type
  var testDescription: String { rule.description.id }

  static let all = RuleCatalog.rules.map { NamedRule(rule: $0) }
}

@Suite struct RuleTests {
  @Test(arguments: NamedRule.all)
  func `a rejected example is underlined exactly where it is marked`(named: NamedRule) {
    let rule = named.rule
    for example in rule.description.rejects {
      let run = ExampleRun(example, of: rule, rules: [rule])
      #expect(run.earlier == [], "\(run.shown)")
      let ranges = run.findings.diagnostics.compactMap(\.range).map { Int($0.start)..<Int($0.end) }
        .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
      #expect(ranges == run.marks, "\(run.shown)")
      #expect(!run.marks.isEmpty, "\(run.shown)")
    }
  }

  @Test(arguments: NamedRule.all)
  func `an accepted example is accepted by all rules`(named: NamedRule) {
    for example in named.rule.description.accepts {
      let run = ExampleRun(example, of: named.rule, rules: RuleCatalog.rules)
      #expect(run.earlier == [], "\(run.shown)")
      #expect(run.findings.diagnostics.map { "\($0.rule): \($0.message)" } == [], "\(run.shown)")
      #expect(run.findings.missing.map(\.fact) == [], "\(run.shown)")
    }
  }

  @Test(arguments: NamedRule.all)
  func `a fix-it makes its finding go away`(named: NamedRule) {
    let rule = named.rule
    for example in rule.description.rejects {
      let run = ExampleRun(example, of: rule, rules: [rule])
      let host = example.host ?? rule.description.host
      guard let fixed = run.fixed(host: host, rules: [rule]) else { continue }
      #expect(fixed.earlier == [], "\(fixed.shown)")
      #expect(fixed.findings.diagnostics.map(\.message) == [], "\(fixed.shown)")
    }
  }

  @Test(arguments: NamedRule.all)
  func `a rule's page says whether it offers a fix-it`(named: NamedRule) {
    let rule = named.rule
    let offers = rule.description.rejects.contains { example in
      ExampleRun(example, of: rule, rules: [rule]).findings.diagnostics.contains { !$0.fixIts.isEmpty }
    }
    #expect(offers == (rule.description.fix != nil))
  }

  @Test(arguments: NamedRule.all)
  func `a page is whole`(named: NamedRule) {
    let description = named.rule.description
    let counts = [description.accepts.count, description.rejects.count, description.sources.count + 1]
    #expect(counts.allSatisfy { $0 >= 2 })
    let texts = [description.summary, description.rationale, description.otherwise]
    #expect(texts.allSatisfy { !$0.isEmpty })
    #expect(!description.summary.hasSuffix("."))
    let known = Set(RuleCatalog.rules.map { $0.description.id })
    #expect(description.requires.filter { !known.contains($0) } == [])
  }

  @Test(arguments: NamedRule.all)
  func `every finding stands in the text and says one clause`(named: NamedRule) {
    let rule = named.rule
    for example in rule.description.rejects {
      let run = ExampleRun(example, of: rule, rules: RuleCatalog.rules)
      for finding in run.findings.diagnostics {
        let end = finding.range.map { Int($0.end) }
        #expect(end.map { $0 <= run.text.count } == true, "\(finding.rule): \(finding.message)")
        #expect(finding.notes.compactMap(\.range).allSatisfy { Int($0.end) <= run.text.count })
        #expect(!finding.message.hasSuffix("."), "\(finding.message)")
        #expect(!finding.message.contains("\n"), "\(finding.message)")
        #expect(!finding.help.isEmpty, "\(finding.rule) says no cure")
      }
    }
  }

  @Test(arguments: NamedRule.all)
  func `what needs a host says nothing without one`(named: NamedRule) {
    let rule = named.rule
    guard !rule.description.needs.isEmpty else { return }
    for example in rule.description.rejects where (example.host ?? rule.description.host) != .none {
      let run = ExampleRun(example, of: rule, rules: [rule], on: nil)
      #expect(run.findings.diagnostics.map(\.message) == [], "\(run.shown)")
      #expect(run.findings.missing.map(\.fact) == [], "\(run.shown)")
    }
  }

  /// A host of which only addresses are known, and which of them are bridges to POWER is not.
  private static func bare(_ host: ExampleHost, hasDevices: Bool) -> HostSnapshot {
    var bare = HostSnapshot()
    if hasDevices { bare.setDevices((host.snapshot?.devices ?? []).map { HostDevice(address: $0.address) }) }
    return bare
  }

  @Test(arguments: NamedRule.all)
  func `a fact that is unknown is asked for, and neither passes nor fails`(named: NamedRule) {
    let rule = named.rule
    let needs = rule.description.needs
    guard !needs.isEmpty else { return }
    for example in rule.description.rejects {
      let host = example.host ?? rule.description.host
      guard host != .none else { continue }
      let snapshot = RuleTests.bare(host, hasDevices: needs != ["devices"])
      let run = ExampleRun(example, of: rule, rules: [rule], on: snapshot)
      #expect(run.findings.diagnostics.map(\.message) == [], "\(run.shown)")
      #expect(!run.findings.missing.isEmpty, "\(run.shown)")
    }
  }

  @Test func `file, type and id are one name, and the catalogue is the folder`() throws {
    func words(_ id: String) -> String { id.filter { $0 != "-" } }
    let catalog = RuleCatalog.rules.map { (type: "\($0)", id: $0.description.id) }
    #expect(catalog.filter { $0.type.lowercased() != words($0.id) }.map(\.type) == [])
    let folder = Checkout.root.appendingPathComponent("Sources/Policy/Rules")
    let files =
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
      .compactMap { ($0 as? URL)?.lastPathComponent }.filter { $0.hasSuffix(".swift") } ?? []
    #expect(files.map { String($0.dropLast(6)) }.sorted() == catalog.map(\.type).sorted())
  }

  @Test func `a rule stands after those it requires`() {
    var seen: Set<String> = []
    var early: [String] = []
    for rule in RuleCatalog.rules {
      if !Set(rule.description.requires).isSubset(of: seen) { early.append(rule.description.id) }
      seen.insert(rule.description.id)
    }
    // A rule over the whole file runs after all others, wherever it stands.
    #expect(early == [])
  }
}

/// Fires at every guest: tests the machinery.
private enum AlwaysFires: GuestRule {
  static let description = RuleDescription(
    id: "always-fires",
    summary: "nothing",
    rationale: "",
    sources: [],
    severity: .error,
    accepts: [],
    rejects: []
  )

  static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    findings.report("fired", at: guest.configuration.name.range)
  }
}

/// Requires the one above, so it never runs where that one fired.
private enum NeverFires: GuestRule {
  static let description = RuleDescription(
    id: "never-fires",
    summary: "nothing",
    rationale: "",
    sources: [],
    severity: .error,
    requires: ["always-fires"],
    accepts: [],
    rejects: []
  )

  static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    findings.report("must not be seen", at: nil)
  }
}

@Suite struct MachineryTests {
  private let twoGuests: Example = """
    guests:
      a: {machine: q35, memory: 1GiB}
      b: {machine: q35, memory: 1GiB}
    """

  @Test func `a rule whose prerequisite fired is skipped and counted`() {
    let run = ExampleRun(twoGuests, of: AlwaysFires.self, rules: [AlwaysFires.self, NeverFires.self])
    #expect(run.findings.diagnostics.map(\.rule) == ["always-fires", "always-fires"])
    #expect(run.findings.skipped == 2)
  }

  @Test func `a fact that is missing is named once, with every rule that wants it`() {
    let run = ExampleRun(
      Example("bridges: {main: {devices: [\"0000:02:00.0\"]}}", host: .x86),
      of: AlwaysFires.self,
      rules: RuleCatalog.rules
    )
    #expect(run.findings.missing.map(\.fact) == [])
  }
}
