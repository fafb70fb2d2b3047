/// How much a finding weighs.
package enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
  /// Worth knowing; shown with `--verbose`, never counted.
  case note
  /// A fact was missing, so something could not be decided; said once a fact.
  case remark
  /// It would work and is probably not meant.
  case warning
  /// The kernel or hypervisor would refuse it, or isolation breaks.
  case error

  package static func < (left: Severity, right: Severity) -> Bool {
    left.weight < right.weight
  }

  private var weight: Int {
    switch self {
    case .note: 0
    case .remark: 1
    case .warning: 2
    case .error: 3
    }
  }
}

/// What one rule reports about one place.
package struct Diagnostic: Hashable, Sendable {
  /// A second place, or a fact that decided.
  package struct Note: Hashable, Sendable {
    package var message: String
    /// The place it points at; nil for a fact that stands in no text.
    package var range: SourceRange?

    package init(_ message: String, at range: SourceRange? = nil) {
      self.message = message
      self.range = range
    }
  }

  /// The stable id of the rule: kebab-case, `papr-container-per-bridge`.
  package var rule: String
  package var severity: Severity
  /// One clause, lower case, no full stop.
  package var message: String
  /// Exactly what is wrong; nil where the fault is in no text.
  package var range: SourceRange?
  /// The same for a planned thing, whose text may not be loaded; looked at where there is no range.
  package var place: TextPlace?
  /// What is said beneath the underlined text.
  package var label: String?
  package var notes: [Note]
  /// Lines of a table of facts, each at most a line long, shown in their own block.
  package var facts: [String]
  /// Why it is so.
  package var why: String?
  /// What to do, each a sentence of its own.
  package var help: [String]
  package var fixIts: [FixIt]

  package init(
    rule: String,
    severity: Severity,
    message: String,
    range: SourceRange?,
    place: TextPlace? = nil,
    label: String? = nil,
    notes: [Note] = [],
    facts: [String] = [],
    why: String? = nil,
    help: [String] = [],
    fixIts: [FixIt] = []
  ) {
    self.rule = rule
    self.severity = severity
    self.message = message
    self.range = range
    self.place = place
    self.label = label
    self.notes = notes
    self.facts = facts
    self.why = why
    self.help = help
    self.fixIts = fixIts
  }
}
