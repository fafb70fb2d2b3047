import HostChanges

/// What a run ended in; the numbers are a contract.
package enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
  /// Clean, applied, or nothing to do.
  case success = 0
  /// Findings at or above the failing level.
  case findings = 1
  /// The command line cannot be carried out.
  case usage = 2
  /// Changes are pending; with `--detailed-exitcode` only.
  case pending = 3
  /// Something could not be read or written, or is over a limit.
  case unreadable = 4
  /// The host differs from the plan.
  case stale = 5
  /// Refused by a safety guard.
  case guarded = 6
  /// An apply failed; the host is as it was.
  case restored = 7
  /// An apply failed; the host is not fully as it was, and the commands that finish it were printed.
  case unrestored = 8
  /// Another process changes the host.
  case locked = 9
  /// A fault of the tool itself.
  case fault = 70

  /// The status of several things done one after the other: 70, 4, 1, 0, the first that occurred.
  package static func worst(_ statuses: some Sequence<ExitStatus>) -> ExitStatus {
    let order: [ExitStatus] = [
      .fault, .unrestored, .restored, .guarded, .stale, .locked, .unreadable, .usage, .findings, .pending,
      .success,
    ]
    let found = Set(statuses)
    return order.first(where: found.contains) ?? .success
  }
}

extension ExitStatus {
  /// What a change of the host came to.
  init(_ outcome: ChangeReport.Outcome) {
    self =
      switch outcome {
      case .done: .success
      case .stale: .stale
      case .guarded: .guarded
      case .failedAndRestored: .restored
      case .failedAndNotRestored: .unrestored
      case .locked: .locked
      }
  }
}
