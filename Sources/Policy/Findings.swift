package import Diagnostics

/// What rules report; it stamps id and severity, so that a rule cannot get them wrong.
package struct Findings: Sendable {
  package private(set) var diagnostics: [Diagnostic] = []
  /// Facts that were missing, each with the rules that wanted it, in order of first want.
  package private(set) var missing: [(fact: String, rules: [String])] = []
  /// How often a rule was skipped because a prerequisite had fired.
  package private(set) var skipped = 0

  /// The rules that reported something, by their positions in the walk.
  private(set) var fired: Set<Int> = []

  private var rule = ""
  private var severity = Severity.error
  private var missingIndex: [String: Int] = [:]

  package init() {}

  /// Reports a finding of the rule that is running, at the rule's severity unless the case is milder or worse.
  package mutating func report(
    _ message: String,
    at range: SourceRange?,
    severity: Severity? = nil,
    label: String? = nil,
    notes: [Diagnostic.Note] = [],
    facts: [String] = [],
    why: String? = nil,
    help: [String] = [],
    fixIts: [FixIt] = []
  ) {
    diagnostics.append(
      Diagnostic(
        rule: rule,
        severity: severity ?? self.severity,
        message: message,
        range: range,
        label: label,
        notes: notes,
        facts: facts,
        why: why,
        help: help,
        fixIts: fixIts
      )
    )
  }

  /// The rule that is running cannot decide without a host fact: `driver of '0000:01:00.1'`.
  package mutating func needs(_ fact: String) {
    guard let index = missingIndex[fact] else {
      missingIndex[fact] = missing.count
      missing.append((fact, [rule]))
      return
    }
    if missing[index].rules.last != rule { missing[index].rules.append(rule) }
  }

  mutating func begin(_ rule: String, _ severity: Severity) {
    self.rule = rule
    self.severity = severity
  }

  mutating func skip() { skipped += 1 }

  mutating func append(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  mutating func fire(_ rules: Set<Int>) { fired.formUnion(rules) }

  /// Adds what was found further on, as if it had been found here in one go.
  mutating func append(_ further: Findings) {
    diagnostics += further.diagnostics
    for (fact, rules) in further.missing {
      for rule in rules {
        self.rule = rule
        needs(fact)
      }
    }
    skipped += further.skipped
    fired.formUnion(further.fired)
  }
}
