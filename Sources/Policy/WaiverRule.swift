package import Diagnostics

/// What is wrong with an `allow:` entry of the file: one id each, with its page.
package enum WaiverRule: String, Hashable, Sendable, CaseIterable {
  case unknownRule = "waiver-unknown-rule"
  case unknownPath = "waiver-path"
  case refused = "waiver-refused"
  case expired = "waiver-expired"
  case unused = "waiver-unused"

  /// What is demanded, one clause.
  package var summary: String {
    switch self {
    case .unknownRule: "the rule an 'allow' entry names is one of the tool's"
    case .unknownPath: "the path of an 'allow' entry leads to something of the file"
    case .refused: "an 'allow' entry waives only what may be waived"
    case .expired: "an 'allow' entry has not ended"
    case .unused: "an 'allow' entry silences a finding"
    }
  }

  /// Why, for the page.
  package var rationale: String {
    switch self {
    case .unknownRule: "A slip in the id leaves the finding standing and the waiver without effect."
    case .unknownPath:
      """
      A waiver is for one place, so that the same fault elsewhere is still reported. Paths are names with dots, and \
      positions from 0 in lists: guests.db1.bridges.net.devices.0.
      """
    case .refused:
      """
      What the kernel or the hypervisor refuses is not made to work by a reason in the file, and where isolation \
      breaks the host and other guests pay. Warnings, and the errors whose page says so, can be waived.
      """
    case .expired: "A waiver with an end date was meant to be looked at again by then; the finding is back."
    case .unused:
      "A waiver that silences nothing outlived its finding, and would silence the next one that nobody has seen."
    }
  }

  package var severity: Severity { self == .refused ? .error : .warning }

  /// A whole file with one entry.
  private func example(_ allow: String, net: String = "{index: 1, window: {io: 64KiB}}") -> Example {
    Example(
      """
      version: 1
      allow:
        - \(allow)
      guests:
        vm: {machine: pseries, memory: 4GiB, bridges: {net: \(net)}}
      """
    )
  }

  var page: RulePage {
    let good = "{rule: papr-io-win-dead, path: guests.vm.bridges.net, reason: kept for an old script}"
    let bad =
      switch self {
      case .unknownRule: "{rule: «papr-io-win», path: guests.vm.bridges.net, reason: kept for an old script}"
      case .unknownPath:
        "{rule: papr-io-win-dead, path: «guests.vm.bridges.nte», reason: kept for an old script}"
      case .refused: "{rule: «papr-index-range», path: guests.vm, reason: it will do}"
      case .expired:
        "{rule: papr-io-win-dead, path: guests.vm, reason: kept for an old script, until: «2026-01-31»}"
      case .unused: "{rule: «papr-mem-window-max», path: guests.vm, reason: kept for an old script}"
      }
    return RulePage(
      id: rawValue,
      kind: .waiver,
      severity: severity,
      summary: summary,
      rationale: rationale,
      accepts: [example(good)],
      rejects: [self == .refused ? example(bad, net: "{index: 31}") : example(bad)]
    )
  }

  /// A finding of this rule.
  func finding(_ message: String, at range: SourceRange, why: String? = nil, help: [String] = [])
    -> Diagnostic
  {
    Diagnostic(rule: rawValue, severity: severity, message: message, range: range, why: why, help: help)
  }
}
