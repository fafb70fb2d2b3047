import Diagnostics
import Policy

/// The pages of every id: those of the rules, and those of the commands' own findings.
enum FindingPages {
  static let all: [RulePage] = RulePages.all + own

  static var ids: [String] { all.map(\.id) }

  static func page(for id: String) -> RulePage? { all.first { $0.id == id } }

  private static var own: [RulePage] {
    CommandRule.allCases.map { rule in
      RulePage(
        id: rule.rawValue,
        kind: .report,
        severity: rule.severity,
        summary: rule.summary,
        rationale: rule.rationale
      )
    }
  }
}
