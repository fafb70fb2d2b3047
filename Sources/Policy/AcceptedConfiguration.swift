package import Diagnostics
import GuestSchema
package import Resolution

/// A configuration that no rule refuses: the only thing Planning takes.
///
/// Its initialiser is internal to Policy, so that a plan for a refused guest cannot be written.
package struct AcceptedConfiguration: Sendable {
  package let resolved: ResolvedConfiguration

  init(_ resolved: ResolvedConfiguration) { self.resolved = resolved }
}

/// What judging a configuration came to.
package struct Judgement: Sendable {
  /// Nil where an error stands.
  package var accepted: AcceptedConfiguration?
  /// Findings in document order, remarks for missing facts last.
  package var diagnostics: [Diagnostic]
  /// How often a rule was skipped because one it requires had fired.
  package var skipped: Int
}

/// Applies the rules to a configuration.
package enum Judge {
  /// Judges a configuration.
  ///
  /// - Parameters:
  ///   - resolved: the configuration.
  ///   - earlier: findings of the stages before; an error among them stands as one of the rules' does.
  ///   - today: the date waivers are measured against, `2026-11-24`; nil leaves end dates unlooked at.
  ///   - walk: the rules, prepared; all of the catalogue where nothing else is wanted.
  ///   - guests: what the walk found at the guests, part by part in order; nil where it has not looked yet.
  /// - Returns: the findings, and the configuration where no error stands.
  package static func judge(
    _ resolved: ResolvedConfiguration,
    earlier: [Diagnostic],
    today: String?,
    walk: RuleWalk = RuleWalk(),
    guests: [Findings]? = nil
  ) -> Judgement {
    let findings = guests.map { walk.findings(in: resolved, after: $0) } ?? walk.findings(in: resolved)
    let waived = Waivers.apply(
      resolved.configuration.waivers,
      to: findings.diagnostics,
      in: resolved,
      today: today
    )
    var all = earlier + waived
    // A stable order by place: what stands first in the document is said first.
    all = all.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
      .map(\.element)
    all += findings.missing.map(Judge.remark)
    let isRefused = all.contains { $0.severity == .error }
    return Judgement(
      accepted: isRefused ? nil : AcceptedConfiguration(resolved),
      diagnostics: all,
      skipped: findings.skipped
    )
  }

  /// The one remark for a fact that was missing.
  private static func remark(_ missing: (fact: String, rules: [String])) -> Diagnostic {
    Diagnostic(
      rule: "needs-host-facts",
      severity: .remark,
      message: "needs host facts: \(missing.fact)",
      range: nil,
      why: "not decided without it: \(missing.rules.joined(separator: ", "))"
    )
  }
}

extension Diagnostic {
  /// Where it stands in the reading order; what stands in no text comes last.
  fileprivate var place: UInt64 {
    range.map { UInt64($0.source.number) << 32 | UInt64($0.start) } ?? UInt64.max
  }
}
