import Diagnostics
import VFIOTypes

/// What a restoration came to, in words and in commands.
struct Verdict {
  /// Nothing is left that could be restored.
  let isRestored: Bool
  /// Lines for a shell, in an order that works.
  let commands: [String]
  let findings: [Diagnostic]

  init(_ outcome: Restoration.Outcome, places: [PCIAddress: TextPlace]) {
    var isRestored = true
    var commands: [String] = []
    var findings: [Diagnostic] = []
    for (entry, result) in outcome.results {
      let place = places[entry.device]
      switch result {
      case .restored: continue
      case .gone:
        findings.append(
          ChangeRule.deviceChangedHands.finding(
            "'\(entry.device)' is gone, so there is nothing to give back",
            severity: .warning,
            at: place
          )
        )
      case .changedHands(let driver):
        findings.append(
          ChangeRule.deviceChangedHands.finding(
            "'\(entry.device)' is bound to '\(driver)' by somebody else, and left alone",
            severity: .warning,
            at: place,
            facts: ["before: \(entry.before.driver ?? "no driver")", "planned: \(entry.target)"]
          )
        )
      case .remaining(let changes):
        isRestored = false
        commands += changes.map(\.command)
        findings.append(Verdict.remaining(entry, outcome, at: place))
      case .unknown(let error):
        isRestored = false
        // What it is now is not known, so all that would be needed from the planned state is listed.
        let planned = BindingState(driver: entry.target, override: entry.target)
        commands += Restoration.changes(from: planned, to: entry).map(\.command)
        findings.append(
          ChangeRule.hostUnreadable.finding(
            "the driver of '\(entry.device)' cannot be read back",
            at: place,
            facts: [error.fact]
          )
        )
      }
    }
    self.isRestored = isRestored
    self.commands = commands
    self.findings = findings
  }

  private static func remaining(
    _ entry: RecordedBinding,
    _ outcome: Restoration.Outcome,
    at place: TextPlace?
  ) -> Diagnostic {
    let failure = outcome.failures.first { $0.change.device == entry.device }
    let goal = entry.before.driver.map { "'\($0)'" } ?? "no driver"
    guard let failure else {
      return ChangeRule.bindWithoutEffect.finding(
        "'\(entry.device)' could not be given back to \(goal)",
        at: place,
        help: ["the kernel's log says what its probe met"]
      )
    }
    return ChangeRule.kernelRefused.finding(
      "'\(entry.device)' could not be given back to \(goal)",
      at: place,
      facts: [failure.error.fact]
    )
  }

  func words(undone count: Int) -> String {
    let undone =
      count == 0 ? "nothing had been written" : "\(count) \(count == 1 ? "write" : "writes") undone"
    return isRestored ? "\(undone); the host is as it was" : "the host is not fully as it was"
  }
}
