import Diagnostics
import HostChanges
import HostDoors
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes

/// A way for one act to go wrong.
struct SweptFault: CustomTestStringConvertible, Sendable {
  var fault: ModelHostFiles.Fault
  var testDescription: String { "\(fault)" }

  static let all = [
    SweptFault(fault: .refused(16)), SweptFault(fault: .refused(19)), SweptFault(fault: .doneButRefused(5)),
    SweptFault(fault: .withoutEffect),
  ]
}

/// Everything that is tried with one, and with two faults: no end but one of the three is allowed.
@Suite struct FaultSweepTests {
  private static let functions = [SmallHost.nic, SmallHost.disk] + SmallHost.pair

  /// An apply on a fresh host on which some acts go wrong.
  private func run(_ faults: [Int: ModelHostFiles.Fault]) -> (host: ModelHostFiles, report: ChangeReport) {
    let host = ModelHostFiles(SmallHost.tree)
    let plan = SmallHost.plan(Self.functions, on: host)
    host.with { $0.faults = faults }
    return (host, host.apply(plan))
  }

  /// Whether the functions are bound as planned.
  private func isAsPlanned(_ host: ModelHostFiles) -> Bool {
    Self.functions.allSatisfy {
      (try? BindingState.read($0, in: host)) == BindingState(driver: "vfio-pci", override: "vfio-pci")
    }
  }

  /// What a report claims is so, whatever went wrong.
  private func check(_ host: ModelHostFiles, _ report: ChangeReport, _ faults: [Int: ModelHostFiles.Fault]) {
    host.with { $0.faults = [:] }
    switch report.outcome {
    case .done:
      #expect(isAsPlanned(host), "\(faults)")
      #expect(report.commands == [], "\(faults)")
    case .failedAndRestored:
      #expect(host.differences(from: SmallHost.tree) == [], "\(faults)")
      #expect(report.commands == [], "\(faults)")
      #expect(report.diagnostics.contains { $0.severity == .error }, "\(faults)")
    case .failedAndNotRestored:
      #expect(host.differences(from: SmallHost.tree) != [], "\(faults)")
      #expect(report.commands != [], "\(faults)")
      // The lines finish it by hand ...
      let tree = host.tree
      #expect(host.run(report.commands) == [], "\(faults)")
      #expect(host.differences(from: SmallHost.tree) == [], "\(faults)")
      // ... and so does a release instead, since the record was kept.
      let other = ModelHostFiles(tree, natives: ["0000:01:00.0": "e1000e", "0000:02:00.0": "nvme"])
      other.with { state in
        for function in SmallHost.pair { state.natives["\(function)"] = "e1000e" }
      }
      #expect(other.release().outcome == .done, "\(faults)")
      #expect(other.differences(from: SmallHost.tree) == [], "\(faults)")
    case .stale, .guarded, .locked: Issue.record("\(report.outcome) with \(faults)")
    }
    // In every case a later release ends as it was, and a second one has nothing to do.
    #expect(host.release().outcome == .done, "\(faults)")
    #expect(host.differences(from: SmallHost.tree) == [], "\(faults)")
    let count = host.log.count
    #expect(host.release() == ChangeReport(.done), "\(faults)")
    #expect(host.log.count == count, "\(faults)")
  }

  @Test(arguments: SweptFault.all)
  func `whichever act goes wrong, the host ends as planned or as it was`(swept: SweptFault) {
    let count = run([:]).host.log.count
    #expect(count == 5 + 3 * Self.functions.count)
    for act in 1...count {
      let (host, report) = run([act: swept.fault])
      #expect(report.outcome != .failedAndNotRestored, "\(act)")
      check(host, report, [act: swept.fault])
    }
  }

  @Test(arguments: SweptFault.all)
  func `whichever act of the undo goes wrong too, the lines reported finish it`(swept: SweptFault) {
    let count = run([:]).host.log.count
    var unrestored = 0
    for act in 1...count {
      let undone = run([act: .refused(16)]).host.log.count
      guard undone > act else { continue }
      for second in (act + 1)...undone {
        let faults = [act: ModelHostFiles.Fault.refused(16), second: swept.fault]
        let (host, report) = run(faults)
        if report.outcome == .failedAndNotRestored { unrestored += 1 }
        check(host, report, faults)
      }
    }
    // The sweep reaches what it is about.
    #expect(unrestored > 0)
  }

  @Test(arguments: SweptFault.all)
  func `whichever act of a release goes wrong, another release ends it`(swept: SweptFault) {
    let plan = SmallHost.plan(Self.functions, on: ModelHostFiles(SmallHost.tree))
    func released(_ fault: (Int) -> [Int: ModelHostFiles.Fault]) -> (ModelHostFiles, ChangeReport, Int) {
      let host = ModelHostFiles(SmallHost.tree)
      _ = host.apply(plan)
      let applied = host.log.count
      host.with { $0.faults = fault(applied) }
      let report = host.release()
      let count = host.log.count - applied
      host.with { $0.faults = [:] }
      return (host, report, count)
    }
    let (_, _, count) = released { _ in [:] }
    for act in 1...count {
      let (host, report, _) = released { [$0 + act: swept.fault] }
      switch report.outcome {
      case .done: #expect(host.differences(from: SmallHost.tree) == [], "\(act)")
      case .failedAndNotRestored:
        let tree = host.tree
        #expect(host.run(report.commands) == [], "\(act)")
        #expect(host.differences(from: SmallHost.tree) == [], "\(act)")
        host.with { $0.tree = tree }
      default: Issue.record("\(report.outcome) at \(act)")
      }
      #expect(host.release().outcome == .done, "\(act)")
      #expect(host.differences(from: SmallHost.tree) == [], "\(act)")
    }
  }

  @Test func `a device that is unplugged meanwhile leaves nothing to give back, and the others are`() {
    let host = ModelHostFiles(SmallHost.tree)
    #expect(host.apply(SmallHost.plan(Self.functions, on: host)).outcome == .done)
    host.unplug(SmallHost.disk.description)
    let report = host.release()
    #expect(report.outcome == .done)
    #expect(report.diagnostics.map(\.rule) == ["device-changed-hands"])
    #expect(report.diagnostics.map(\.severity) == [.warning])
    let expected = ModelHostFiles(SmallHost.tree)
    expected.unplug(SmallHost.disk.description)
    #expect(host.differences(from: expected.tree) == [])
  }

  @Test func `a function that somebody else bound meanwhile is left to him`() {
    let host = ModelHostFiles(SmallHost.tree)
    #expect(host.apply(SmallHost.plan([SmallHost.nic], on: host)).outcome == .done)
    #expect(
      host.run([
        "echo nouveau > /sys/bus/pci/devices/0000:01:00.0/driver_override",
        "echo 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/unbind",
        "echo 0000:01:00.0 > /sys/bus/pci/drivers_probe",
      ]) == []
    )
    let taken = host.tree
    let report = host.release()
    #expect(report.outcome == .done)
    #expect(
      report.diagnostics.map(\.message) == [
        "'0000:01:00.0' is bound to 'nouveau' by somebody else, and left alone"
      ]
    )
    #expect(host.differences(from: taken) == [])
    #expect(host.release() == ChangeReport(.done))
  }

  @Test func `what was restored by hand needs nothing`() {
    let host = ModelHostFiles(SmallHost.tree)
    #expect(host.apply(SmallHost.plan([SmallHost.nic], on: host)).outcome == .done)
    #expect(
      host.run([
        "echo > /sys/bus/pci/devices/0000:01:00.0/driver_override",
        "echo 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/unbind",
        "echo 0000:01:00.0 > /sys/bus/pci/drivers_probe",
      ]) == []
    )
    let count = host.kernelWrites.count
    #expect(host.release() == ChangeReport(.done))
    #expect(host.kernelWrites.count == count)
    #expect(host.differences(from: SmallHost.tree) == [])
  }

  @Test func `a native driver that no longer binds is reported with the lines that are left`() {
    let host = ModelHostFiles(SmallHost.tree)
    #expect(host.apply(SmallHost.plan([SmallHost.nic], on: host)).outcome == .done)
    host.with { $0.failingProbes["0000:01:00.0 e1000e"] = 5 }
    let report = host.release()
    #expect(report.outcome == .failedAndNotRestored)
    #expect(report.commands == ["echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind"])
    #expect(
      report.diagnostics.map(\.facts) == [
        ["write /sys/bus/pci/drivers/e1000e/bind: EIO (input or output failed)"]
      ]
    )
    host.with { $0.failingProbes = [:] }
    #expect(host.run(report.commands) == [])
    #expect(host.differences(from: SmallHost.tree) == [])
  }

  @Test func `a driver that can no longer be read is told with the lines that lead back`() {
    let host = ModelHostFiles(SmallHost.tree)
    let plan = SmallHost.plan([SmallHost.nic], on: host)
    let options = ChangeOptions { SmallHost.differences(plan, $0) }
    let report = Transaction.apply(plan, on: host.host, record: host.record, options: options) { progress in
      guard progress.phase == .verify else { return }
      host.with { $0.unreadable["/sys/bus/pci/devices/0000:01:00.0/driver"] = .denied }
    }
    host.with { $0.unreadable = [:] }
    #expect(report.outcome == .failedAndNotRestored)
    #expect(
      report.commands == [
        "echo > /sys/bus/pci/devices/0000:01:00.0/driver_override",
        "echo 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/unbind",
        "echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/bind",
      ]
    )
    #expect(host.run(report.commands) == [])
    #expect(host.differences(from: SmallHost.tree) == [])
  }
}
