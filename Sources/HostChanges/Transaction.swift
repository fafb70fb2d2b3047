package import Diagnostics
import HostDoors
package import VFIOPlan
import VFIOTypes

/// Binds the functions of a plan to their drivers: all of them, or none.
///
/// Guards and facts are checked before the first write. Then, each for all functions: override, unbind, bind, and read
/// back. Whatever fails is undone. A host that is as planned is not written to.
package struct Transaction {
  private let plan: Plan
  private let host: ChangeableHost
  private let record: any ChangeRecord
  private let options: ChangeOptions
  private var writer: Writer
  /// What was overridden or is worth knowing beside the outcome.
  private var remarks: [Diagnostic] = []

  /// What is done with the functions once they are bound, still under the lock.
  package enum Continuation: Hashable, Sendable {
    /// It went well.
    case keep
    /// It did not, for these reasons: the functions are given back.
    case undo([Diagnostic])
  }

  /// Carries out the bindings of a plan.
  ///
  /// - Parameters:
  ///   - plan: what is to be bound.
  ///   - host: the live host.
  ///   - record: where it is kept what was bound before.
  ///   - options: folder, overrides and extent.
  ///   - progress: told of each thing before it is done.
  ///   - next: what is done while the functions are bound, also where they were already.
  /// - Returns: what it came to; the host is as planned or, but for one outcome, as it was.
  package static func apply(
    _ plan: Plan,
    on host: ChangeableHost,
    record: any ChangeRecord,
    options: ChangeOptions,
    progress: @escaping (ChangeProgress) -> Void = { _ in },
    next: () -> Continuation = { .keep }
  ) -> ChangeReport {
    HostLock.run(host, folder: options.folder) {
      var transaction = Transaction(
        plan: plan,
        host: host,
        record: record,
        options: options,
        writer: Writer(host, count: 0, progress: progress)
      )
      return transaction.run(next)
    }
  }

  /// Looks at everything an apply looks at before its first write, and says what it would write; without the lock.
  package static func preview(
    _ plan: Plan,
    on host: ChangeableHost,
    record: any ChangeRecord,
    options: ChangeOptions
  ) -> ChangePreview {
    var preflight = Preflight(plan, host, options)
    do throws(ChangeRefusal) {
      let pending = try preflight.pending()
      do throws(ChangeRecordError) {
        _ = try record.entries()
      } catch {
        let findings = preflight.remarks + [error.diagnostic]
        throw ChangeRefusal(report: ChangeReport(.failedAndRestored, findings))
      }
      return ChangePreview(
        report: ChangeReport(.done, preflight.remarks),
        changes: writes(pending).map(\.change)
      )
    } catch {
      return ChangePreview(report: error.report, changes: [])
    }
  }

  private mutating func run(_ next: () -> Continuation) -> ChangeReport {
    var preflight = Preflight(plan, host, options)
    let pending: [PendingBinding]
    let entries: [RecordedBinding]
    do throws(ChangeRefusal) {
      pending = try preflight.pending()
      remarks = preflight.remarks
      entries = try recorded()
      if !pending.isEmpty { try keep(entries, with: pending) }
    } catch {
      return error.report
    }
    if let failures = bindAll(pending) { return undo(pending, entries, failures) }
    switch next() {
    case .undo(let failures): return undo(pending, entries, failures)
    case .keep: break
    }
    var report = ChangeReport(.done, remarks)
    report.written = writer.written
    return report
  }

  // MARK: The record

  private func recorded() throws(ChangeRefusal) -> [RecordedBinding] {
    do throws(ChangeRecordError) {
      return try record.entries()
    } catch {
      throw ChangeRefusal(report: ChangeReport(.failedAndRestored, remarks + [error.diagnostic]))
    }
  }

  private func keep(_ entries: [RecordedBinding], with pending: [PendingBinding]) throws(ChangeRefusal) {
    let taken = pending.map(\.entry)
    // A function that was taken before and has not been given back keeps what it had at first.
    let kept = entries.filter { old in
      !taken.contains { $0.device == old.device } || isStillOurs(old, pending)
    }
    let added = taken.filter { new in !kept.contains { $0.device == new.device } }
    let wanted = (kept + added).sorted { $0.device < $1.device }
    do throws(ChangeRecordError) {
      try record.replace(with: wanted)
      // Read back, as everything else is: from here on it is the only way back.
      guard try record.entries() == wanted else {
        let finding = ChangeRule.recordUnreadable.finding(
          "the record of what was bound before does not read as it was written",
          at: nil
        )
        throw ChangeRecordError(finding)
      }
    } catch {
      throw ChangeRefusal(report: ChangeReport(.failedAndRestored, remarks + [error.diagnostic]))
    }
  }

  /// Whether an older entry still says what was before us: the function carries our override.
  private func isStillOurs(_ entry: RecordedBinding, _ pending: [PendingBinding]) -> Bool {
    pending.contains { one in
      one.binding.device == entry.device && one.before.override == entry.target
        && one.entry.ids == entry.ids
    }
  }

  // MARK: Binding

  /// A write, and the function it is for.
  private struct BindingWrite {
    var change: Change
    var phase: ChangeProgress.Phase
    var one: PendingBinding
  }

  /// All writes that bind functions, in order: override all, unbind all, bind all.
  private static func writes(_ pending: [PendingBinding]) -> [BindingWrite] {
    let overrides = pending.filter { $0.before.override != $0.binding.target }.map { one in
      BindingWrite(
        change: .setOverride(one.binding.device, one.binding.target),
        phase: .override,
        one: one
      )
    }
    let unbinds = pending.compactMap { one in
      one.before.driver.map { driver in
        BindingWrite(change: .unbind(one.binding.device, from: driver), phase: .unbind, one: one)
      }
    }
    let probes = pending.map { BindingWrite(change: .probe($0.binding.device), phase: .bind, one: $0) }
    return overrides + unbinds + probes
  }

  /// Binds all, or says what failed; then some may be bound.
  private mutating func bindAll(_ pending: [PendingBinding]) -> [Diagnostic]? {
    let writes = Transaction.writes(pending)
    writer.begin(count: writes.count + pending.count)
    for write in writes {
      if let failure = make(write.change, write.phase, write.one) { return [failure] }
    }
    let failures = verify(pending)
    return failures.isEmpty ? nil : failures
  }

  private mutating func make(_ change: Change, _ phase: ChangeProgress.Phase, _ one: PendingBinding)
    -> Diagnostic?
  {
    do throws(HostWriteError) {
      try writer.make(change, phase)
      return nil
    } catch {
      return refusal(change, error, at: one.binding.origin.place(in: plan))
    }
  }

  private func refusal(_ change: Change, _ error: HostWriteError, at place: TextPlace?) -> Diagnostic {
    ChangeRule.kernelRefused.finding(
      "the kernel refused to \(change.words)",
      at: place,
      facts: [error.fact],
      help: error.errno == 1 || error.errno == 13 ? ["run as root"] : []
    )
  }

  private mutating func verify(_ pending: [PendingBinding]) -> [Diagnostic] {
    let verification = Verification(plan: plan, host: host)
    var failures: [Diagnostic] = []
    for one in pending {
      writer.say(.verify, one.binding.device, "read back the driver of '\(one.binding.device)'")
      if let failure = verification.failure(of: one) { failures.append(failure) }
    }
    return failures + verification.unviableGroups()
  }

  // MARK: Undoing

  private mutating func undo(
    _ pending: [PendingBinding],
    _ entries: [RecordedBinding],
    _ failures: [Diagnostic]
  ) -> ChangeReport {
    let written = writer.written.count
    let outcome = Restoration.run(pending.reversed().map(\.entry), &writer)
    let verdict = Verdict(outcome, places: places())
    var report = ChangeReport(verdict.isRestored ? .failedAndRestored : .failedAndNotRestored)
    report.commands = verdict.commands
    report.diagnostics =
      remarks
      + failures.map { failure in
        var failure = failure
        failure.notes.append(.init(verdict.words(undone: written)))
        return failure
      }
    report.diagnostics += verdict.findings
    if verdict.isRestored, !pending.isEmpty {
      // A record that names what is restored already does no harm, so its failure changes nothing.
      do throws(ChangeRecordError) {
        try record.replace(with: entries)
      } catch {
        var finding = error.diagnostic
        finding.severity = .warning
        report.diagnostics.append(finding)
      }
    }
    report.written = writer.written
    return report
  }

  private func places() -> [PCIAddress: TextPlace] {
    var places: [PCIAddress: TextPlace] = [:]
    for binding in plan.bindings { places[binding.device] = binding.origin.place(in: plan) }
    return places
  }
}
