import Diagnostics
import HostDoors
import HostInventory
import VFIOPlan
import VFIOTypes

/// A function that is not yet bound as planned.
struct PendingBinding {
  var binding: DriverBinding
  var entry: RecordedBinding

  var before: BindingState { entry.before }
}

/// The end before the first write.
struct ChangeRefusal: Error {
  var report: ChangeReport
}

/// Everything that is looked at before the first write: guards, facts, drivers.
struct Preflight {
  let plan: Plan
  let host: ChangeableHost
  let options: ChangeOptions
  /// Guards that were overridden.
  private(set) var remarks: [Diagnostic] = []

  init(_ plan: Plan, _ host: ChangeableHost, _ options: ChangeOptions) {
    self.plan = plan
    self.host = host
    self.options = options
  }

  /// The functions to bind, or the reason to leave the host alone.
  mutating func pending() throws(ChangeRefusal) -> [PendingBinding] {
    let snapshot = SysfsReader.snapshot(of: host.files)
    let pending = try unbound()
    try askGuards(pending, snapshot)
    try compareFacts(snapshot)
    try lookForDrivers(pending)
    return pending
  }

  private func unbound() throws(ChangeRefusal) -> [PendingBinding] {
    var found: [PendingBinding] = []
    for binding in plan.bindings where binding.isManaged {
      do throws(HostFileError) {
        // One that is gone is among the facts that differ.
        guard let state = try BindingState.read(binding.device, in: host.files),
          state.driver != binding.target
        else { continue }
        let entry = RecordedBinding(
          device: binding.device,
          ids: DeviceIDs.read(binding.device, in: host.files),
          before: state,
          target: binding.target
        )
        found.append(PendingBinding(binding: binding, entry: entry))
      } catch {
        throw unreadable(error, at: binding.origin.place(in: plan))
      }
    }
    return found
  }

  private mutating func askGuards(_ pending: [PendingBinding], _ snapshot: HostSnapshot) throws(ChangeRefusal)
  {
    let facts: GuardFacts
    do throws(HostFileError) {
      facts = try GuardFacts(host, snapshot, protections: plan.protections)
    } catch {
      throw unreadable(error, at: nil)
    }
    var findings: [Diagnostic] = []
    for binding in plan.bindings {
      let isTaken = pending.contains { $0.binding.device == binding.device }
      let guards: [any Guard.Type] =
        switch (isTaken, options.extent) {
        case (true, _): GuardCatalog.guards
        case (false, .descriptors): [VFIOHeldGuard.self]
        case (false, .drivers): []
        }
      findings += GuardCheck.findings(binding, by: guards, in: plan, allowed: options.overrides, facts)
    }
    guard findings.allSatisfy({ $0.severity < .error }) else {
      throw ChangeRefusal(report: ChangeReport(.guarded, findings))
    }
    remarks += findings
  }

  private func compareFacts(_ snapshot: HostSnapshot) throws(ChangeRefusal) {
    let facts = options.differences(snapshot)
    let differences = Staleness.differences(of: plan, from: snapshot, facts: facts)
    guard !differences.isEmpty else { return }
    var report = ChangeReport(.stale)
    report.differences = differences
    report.diagnostics = [
      ChangeRule.planStale.finding(
        "the host differs from the plan in \(differences.count) \(differences.count == 1 ? "fact" : "facts")",
        at: nil,
        facts: differences.map(\.words),
        help: ["make the plan anew from the guest file"]
      )
    ]
    throw ChangeRefusal(report: report)
  }

  private func lookForDrivers(_ pending: [PendingBinding]) throws(ChangeRefusal) {
    var findings: [Diagnostic] = []
    for one in pending {
      let driver = one.binding.target
      guard (try? host.files.status("/sys/bus/pci/drivers/\(driver)")) == nil else { continue }
      findings.append(
        ChangeRule.driverNotLoaded.finding(
          "the driver '\(driver)' is not loaded",
          at: one.binding.origin.place(in: plan),
          help: ["load it with 'modprobe \(driver)'"]
        )
      )
    }
    guard findings.isEmpty else {
      throw ChangeRefusal(report: ChangeReport(.failedAndRestored, remarks + findings))
    }
  }

  private func unreadable(_ error: HostFileError, at place: TextPlace?) -> ChangeRefusal {
    let finding = ChangeRule.hostUnreadable.finding(
      "what decides whether a function may be taken cannot be read",
      at: place,
      facts: [error.fact],
      help: error.reason == .denied ? ["run as root"] : []
    )
    return ChangeRefusal(report: ChangeReport(.failedAndRestored, remarks + [finding]))
  }
}
