package import Diagnostics
package import VFIOTypes

/// What changing a host came to.
package struct ChangeReport: Hashable, Sendable {
  /// The end, each with an exit status of its own.
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// The host is as planned, or was already.
    case done
    /// The host differs from the plan; nothing was written.
    case stale
    /// Refused by a guard; nothing was written.
    case guarded
    /// It failed, and the host is as it was before.
    case failedAndRestored = "failed-and-restored"
    /// It failed, and the host is not as it was; the commands finish it by hand.
    case failedAndNotRestored = "failed-and-not-restored"
    /// Another process has the lock; nothing was looked at.
    case locked
  }

  package var outcome: Outcome
  package var diagnostics: [Diagnostic] = []
  /// The facts that differ from the plan.
  package var differences: [FactDifference] = []
  /// Lines for a shell that finish what could not be undone.
  package var commands: [String] = []
  /// What was written and taken, in order, undoing included.
  package var written: [Change] = []

  package init(_ outcome: Outcome, _ diagnostics: [Diagnostic] = []) {
    self.outcome = outcome
    self.diagnostics = diagnostics
  }
}

/// What changing a host would come to, as far as can be said without a write.
package struct ChangePreview: Hashable, Sendable {
  /// `done` where nothing stands against it.
  package var report: ChangeReport
  /// What would be written, in order; empty where the host is as planned, or something stands against it.
  package var changes: [Change]

  package init(report: ChangeReport, changes: [Change]) {
    self.report = report
    self.changes = changes
  }
}

/// A fact of the plan and what the host says of it now.
package struct FactDifference: Hashable, Sendable {
  package var subject: String
  package var name: String
  package var planned: String
  /// Nil: unknown, or the subject is gone.
  package var now: String?

  package init(subject: String, name: String, planned: String, now: String?) {
    self.subject = subject
    self.name = name
    self.planned = planned
    self.now = now
  }

  /// In words: `0000:01:00.0 driver: planned 'e1000e', now 'nouveau'`.
  package var words: String {
    "\(subject) \(name): planned '\(planned)', now \(now.map { "'\($0)'" } ?? "unknown")"
  }
}

/// One thing that is about to be done.
package struct ChangeProgress: Hashable, Sendable {
  package enum Phase: String, Hashable, Sendable, CaseIterable {
    case override, unbind, bind, verify, undo
  }

  package var phase: Phase
  package var device: PCIAddress
  /// In words: `unbind '0000:01:00.0' from 'e1000e'`.
  package var words: String
  /// Which of how many, from 1; undoing counts anew.
  package var number: Int
  package var count: Int

  package init(phase: Phase, device: PCIAddress, words: String, number: Int, count: Int) {
    self.phase = phase
    self.device = device
    self.words = words
    self.number = number
    self.count = count
  }
}
