package import Diagnostics

/// What the commands themselves report, beside the rules: one id each, with its page.
package enum CommandRule: String, Hashable, Sendable, CaseIterable {
  case unreadable = "input-unreadable"
  case noHost = "no-host"
  case hostsDiffer = "same-host-snapshots"

  package var summary: String {
    switch self {
    case .unreadable: "a file that is named can be read"
    case .noHost: "a host is looked at"
    case .hostsDiffer: "files of one host rest on the same facts"
    }
  }

  package var rationale: String {
    switch self {
    case .unreadable:
      "What cannot be read cannot be checked. A snapshot that a guest file names is looked for below the folder of that file and nowhere else."
    case .noHost:
      "Without facts about the host only what stands in the file is checked: whether a device exists, who shares its IOMMU group and what memory there is stays unknown. Name a snapshot in the file ('host: {snapshot: FILE}'), or give '--host live', a snapshot or a saved tree; '--host none' says that none is wanted."
    case .hostsDiffer:
      "With '--same-host', files that name one host are checked together against one snapshot; where they name different ones, the first counts for all."
    }
  }

  package var severity: Severity {
    switch self {
    case .unreadable: .error
    case .hostsDiffer: .warning
    case .noHost: .remark
    }
  }

  /// A finding of this rule.
  func finding(
    _ message: String,
    at range: SourceRange? = nil,
    place: TextPlace? = nil,
    why: String? = nil,
    help: [String] = []
  ) -> Diagnostic {
    Diagnostic(
      rule: rawValue,
      severity: severity,
      message: message,
      range: range,
      place: place,
      why: why,
      help: help
    )
  }
}
