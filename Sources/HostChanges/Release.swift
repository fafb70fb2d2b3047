import Diagnostics
import HostDoors
import HostInventory
import VFIOPlan
package import VFIOTypes

/// Gives back to the host what was taken from it.
package enum Release {
  /// Which of the recorded functions are given back.
  package enum Extent: Hashable, Sendable {
    case everything
    case only([PCIAddress])

    func contains(_ device: PCIAddress) -> Bool {
      switch self {
      case .everything: true
      case .only(let devices): devices.contains(device)
      }
    }
  }

  /// Brings recorded functions back to how they were bound before.
  ///
  /// What is restored already needs nothing, and what somebody else has bound meanwhile is left to him.
  ///
  /// - Parameters:
  ///   - extent: which functions.
  ///   - host: the live host.
  ///   - record: what was bound before.
  ///   - folder: where the lock lies.
  ///   - progress: told of each thing before it is done.
  /// - Returns: what it came to.
  package static func run(
    _ extent: Extent = .everything,
    on host: ChangeableHost,
    record: any ChangeRecord,
    folder: String = "/run/vfioplan",
    progress: @escaping (ChangeProgress) -> Void = { _ in }
  ) -> ChangeReport {
    // Where nothing was ever taken in this boot, nothing is made either.
    guard (try? host.files.status(folder)) != nil else { return ChangeReport(.done) }
    return HostLock.run(host, folder: folder) {
      do throws(ChangeRecordError) {
        let entries = try record.entries()
        let chosen = entries.filter { extent.contains($0.device) }
        guard !chosen.isEmpty else { return ChangeReport(.done) }
        return release(chosen, of: entries, on: host, record, progress)
      } catch {
        return ChangeReport(.failedAndRestored, [error.diagnostic])
      }
    }
  }

  private static func release(
    _ chosen: [RecordedBinding],
    of entries: [RecordedBinding],
    on host: ChangeableHost,
    _ record: any ChangeRecord,
    _ progress: @escaping (ChangeProgress) -> Void
  ) -> ChangeReport {
    do throws(HostFileError) {
      let held = try holders(chosen, host)
      guard held.isEmpty else { return ChangeReport(.guarded, held) }
    } catch {
      let finding = ChangeRule.hostUnreadable.finding(
        "who holds what cannot be read",
        at: nil,
        facts: [error.fact],
        help: error.reason == .denied ? ["run as root"] : []
      )
      return ChangeReport(.failedAndRestored, [finding])
    }
    var writer = Writer(host, count: 0, progress: progress)
    let outcome = Restoration.run(chosen.reversed(), &writer)
    let verdict = Verdict(outcome, places: [:])
    var report = ChangeReport(verdict.isRestored ? .done : .failedAndNotRestored, verdict.findings)
    report.commands = verdict.commands
    report.written = writer.written
    let unfinished = outcome.results.filter { isUnfinished($0.result) }.map(\.entry)
    let kept = entries.filter { entry in
      !extentContains(chosen, entry) || unfinished.contains { $0.device == entry.device }
    }
    do throws(ChangeRecordError) {
      try record.replace(with: kept)
    } catch {
      // What is written there is given back already, and a later release finds it so.
      var finding = error.diagnostic
      finding.severity = .warning
      report.diagnostics.append(finding)
    }
    return report
  }

  private static func extentContains(_ chosen: [RecordedBinding], _ entry: RecordedBinding) -> Bool {
    chosen.contains { $0.device == entry.device }
  }

  private static func isUnfinished(_ result: Restoration.Result) -> Bool {
    switch result {
    case .restored, .gone, .changedHands: false
    case .remaining, .unknown: true
    }
  }

  /// An unbind of a function that is held would never return.
  private static func holders(_ entries: [RecordedBinding], _ host: ChangeableHost) throws(HostFileError)
    -> [Diagnostic]
  {
    let facts = try GuardFacts(host, SysfsReader.snapshot(of: host.files), protections: [])
    return entries.compactMap { entry in
      let uses = VFIOHeldGuard.uses(of: entry.device, facts)
      guard !uses.isEmpty else { return nil }
      return Diagnostic(
        rule: "guard-\(VFIOHeldGuard.guardClass)",
        severity: .error,
        message: "'\(entry.device)' \(VFIOHeldGuard.claim)",
        range: nil,
        facts: uses,
        help: [VFIOHeldGuard.cure]
      )
    }
  }
}
