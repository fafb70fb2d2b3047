import Diagnostics
import HostChanges
import HostDoors
import HostInventory
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes

@Suite struct TransactionTests {
  private let host = ModelHostFiles(SmallHost.tree)

  @Test func `all are overridden, then all unbound, then all bound, and the record comes before the first`() {
    let functions = [SmallHost.nic] + SmallHost.pair
    let report = host.apply(SmallHost.plan(functions, on: host))
    #expect(report.outcome == .done)
    #expect(report.diagnostics == [])
    #expect(
      host.log == [
        "mkdir /run/vfioplan",
        "create /run/vfioplan/state.json.new",
        "sync /run/vfioplan/state.json.new",
        "rename /run/vfioplan/state.json.new /run/vfioplan/state.json",
        "sync /run/vfioplan",
        "write /sys/bus/pci/devices/0000:01:00.0/driver_override vfio-pci",
        "write /sys/bus/pci/devices/0000:03:00.0/driver_override vfio-pci",
        "write /sys/bus/pci/devices/0000:03:00.1/driver_override vfio-pci",
        "write /sys/bus/pci/drivers/e1000e/unbind 0000:01:00.0",
        "write /sys/bus/pci/drivers/e1000e/unbind 0000:03:00.0",
        "write /sys/bus/pci/drivers/e1000e/unbind 0000:03:00.1",
        "write /sys/bus/pci/drivers_probe 0000:01:00.0",
        "write /sys/bus/pci/drivers_probe 0000:03:00.0",
        "write /sys/bus/pci/drivers_probe 0000:03:00.1",
      ]
    )
    #expect(
      report.written == [
        .setOverride(SmallHost.nic, "vfio-pci"), .setOverride(SmallHost.pair[0], "vfio-pci"),
        .setOverride(SmallHost.pair[1], "vfio-pci"), .unbind(SmallHost.nic, from: "e1000e"),
        .unbind(SmallHost.pair[0], from: "e1000e"), .unbind(SmallHost.pair[1], from: "e1000e"),
        .probe(SmallHost.nic), .probe(SmallHost.pair[0]), .probe(SmallHost.pair[1]),
      ]
    )
  }

  @Test func `a second apply of the same plan writes nothing`() {
    let plan = SmallHost.plan(SmallHost.pair, on: host)
    #expect(host.apply(plan).outcome == .done)
    let count = host.log.count
    #expect(host.apply(plan) == ChangeReport(.done))
    #expect(host.log.count == count)
  }

  @Test func `release after apply leaves the host as it was, byte for byte, and a second one writes nothing`()
  {
    let functions = [SmallHost.nic, SmallHost.disk] + SmallHost.pair
    #expect(host.apply(SmallHost.plan(functions, on: host)).outcome == .done)
    #expect(!host.differences(from: SmallHost.tree).isEmpty)
    let before = host.kernelWrites.count
    let report = host.release()
    #expect(report.outcome == .done)
    #expect(report.diagnostics == [])
    #expect(host.differences(from: SmallHost.tree) == [])
    #expect(
      host.kernelWrites.dropFirst(before) == [
        "write /sys/bus/pci/devices/0000:03:00.1/driver_override ",
        "write /sys/bus/pci/devices/0000:03:00.0/driver_override ",
        "write /sys/bus/pci/devices/0000:02:00.0/driver_override ",
        "write /sys/bus/pci/devices/0000:01:00.0/driver_override ",
        "write /sys/bus/pci/drivers/vfio-pci/unbind 0000:03:00.1",
        "write /sys/bus/pci/drivers/vfio-pci/unbind 0000:03:00.0",
        "write /sys/bus/pci/drivers/vfio-pci/unbind 0000:02:00.0",
        "write /sys/bus/pci/drivers/vfio-pci/unbind 0000:01:00.0",
        "write /sys/bus/pci/drivers/e1000e/bind 0000:03:00.1",
        "write /sys/bus/pci/drivers/e1000e/bind 0000:03:00.0",
        "write /sys/bus/pci/drivers/nvme/bind 0000:02:00.0",
        "write /sys/bus/pci/drivers/e1000e/bind 0000:01:00.0",
      ]
    )
    let count = host.log.count
    #expect(host.release() == ChangeReport(.done))
    #expect(host.log.count == count)
    #expect((try? host.tree.names(in: "/run/vfioplan")) == [])
  }

  @Test func `one function of several can be given back`() {
    #expect(host.apply(SmallHost.plan([SmallHost.nic, SmallHost.disk], on: host)).outcome == .done)
    #expect(host.release(.only([SmallHost.disk])).outcome == .done)
    #expect(
      (try? host.record.entries()) == [
        RecordedBinding(
          device: SmallHost.nic,
          ids: "8086:10d3",
          before: BindingState(driver: "e1000e", override: nil),
          target: "vfio-pci"
        )
      ]
    )
    #expect(host.release().outcome == .done)
    #expect(host.differences(from: SmallHost.tree) == [])
  }

  @Test func `a function without a driver is bound and given back without one`() {
    let plan = SmallHost.plan([SmallHost.display], on: host)
    var permitted = plan
    permitted.overrides = [
      PlannedOverride(
        guardClass: "boot-display",
        device: SmallHost.display,
        reason: "the console is serial",
        origin: Origin(path: "override.0", line: 3, column: 5, length: 10)
      )
    ]
    let report = host.apply(permitted, overriding: ["boot-display"])
    #expect(report.outcome == .done)
    #expect(report.diagnostics.map(\.severity) == [.warning])
    #expect(report.diagnostics.map(\.why) == ["overridden: the console is serial"])
    #expect(host.release().outcome == .done)
    #expect(host.differences(from: SmallHost.tree) == [])
  }

  @Test func `an override text that names another driver comes back too`() {
    host.with { $0.tree.putFile("\(SmallHost.folder(SmallHost.nic))/driver_override", "nouveau\n") }
    let before = host.tree
    #expect(host.apply(SmallHost.plan([SmallHost.nic], on: host)).outcome == .done)
    #expect(host.release().outcome == .done)
    #expect(host.differences(from: before) == [])
  }

  @Test func `a function that is not ours to bind is only checked`() {
    let plan = SmallHost.plan([SmallHost.nic], on: host, isManaged: false)
    let report = host.apply(plan)
    #expect(report.outcome == .stale)
    #expect(
      report.differences == [
        FactDifference(subject: "0000:01:00.0", name: "driver", planned: "vfio-pci", now: "e1000e")
      ]
    )
    #expect(host.kernelWrites == [])
    // Bound by somebody else, it is as planned, and release leaves it.
    _ = host.run([
      "echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override",
      "echo 0000:01:00.0 > /sys/bus/pci/drivers/e1000e/unbind",
      "echo 0000:01:00.0 > /sys/bus/pci/drivers_probe",
    ])
    let bound = host.tree
    #expect(host.apply(SmallHost.plan([SmallHost.nic], on: host, isManaged: false)).outcome == .done)
    #expect(host.release().outcome == .done)
    #expect(host.differences(from: bound) == [])
  }

  @Test func `a driver that is not loaded is named before the first write`() {
    let report = host.apply(SmallHost.plan([SmallHost.nic], on: host, target: "mlx5_vfio_pci"))
    #expect(report.outcome == .failedAndRestored)
    #expect(report.diagnostics.map(\.rule) == ["driver-not-loaded"])
    #expect(report.diagnostics.first?.help == ["load it with 'modprobe mlx5_vfio_pci'"])
    #expect(report.diagnostics.first?.place == TextPlace(file: "guest.yaml", line: 10, column: 5, length: 14))
    #expect(host.kernelWrites == [])
  }

  @Test func `a probe that reports success although nothing bound is found and undone`() {
    host.with { state in
      state.tree.remove("\(SmallHost.folder(SmallHost.nic))/iommu_group")
      state.tree.remove("/sys/kernel/iommu_groups/1")
    }
    let before = host.tree
    let report = host.apply(SmallHost.plan([SmallHost.nic], on: host))
    #expect(report.outcome == .failedAndRestored)
    #expect(report.diagnostics.map(\.rule) == ["bind-without-effect"])
    #expect(report.diagnostics.first?.message == "'vfio-pci' did not bind '0000:01:00.0'")
    #expect(report.diagnostics.first?.facts == ["driver: none", "driver_override: vfio-pci"])
    #expect(
      report.diagnostics.first?.why == "it is in no IOMMU group: the IOMMU is off or does not cover it"
    )
    #expect(report.diagnostics.first?.notes.map(\.message) == ["3 writes undone; the host is as it was"])
    #expect(host.differences(from: before) == [])
  }

  @Test func `a group with a member on a driver of the host is undone on the line of its device`() {
    let report = host.apply(SmallHost.plan([SmallHost.nic, SmallHost.pair[0]], on: host)) {
      Issue.record("nothing follows a failure")
      return .keep
    }
    #expect(report.outcome == .failedAndRestored)
    #expect(report.diagnostics.map(\.rule) == ["group-not-viable"])
    #expect(report.diagnostics.first?.place == TextPlace(file: "guest.yaml", line: 11, column: 5, length: 14))
    #expect(report.diagnostics.first?.facts == ["0000:03:00.0  vfio-pci", "0000:03:00.1  e1000e  blocks"])
    #expect(host.differences(from: SmallHost.tree) == [])
  }

  @Test func `a lock that another process has ends it before anything is looked at`() {
    host.with { state in
      state.tree.putFolder("/run/vfioplan")
      state.isLockedByAnother = true
      state.descriptors = [
        OpenDescriptor(process: HostProcess(pid: 71, name: "vfioplan"), target: "/run/vfioplan/lock")
      ]
    }
    let report = host.apply(SmallHost.plan([SmallHost.nic], on: host))
    #expect(report.outcome == .locked)
    #expect(
      report.diagnostics.map(\.facts) == [["/run/vfioplan/lock is locked", "open in vfioplan (process 71)"]]
    )
    #expect(host.log == [])
    #expect(host.release().outcome == .locked)
  }

  @Test func `processes that cannot be looked at are no permission`() {
    host.with { $0.processesError = HostFileError(path: "/proc/1/fd", reason: .denied) }
    let report = host.apply(SmallHost.plan([SmallHost.nic], on: host))
    #expect(report.outcome == .failedAndRestored)
    #expect(report.diagnostics.map(\.rule) == ["host-unreadable"])
    #expect(report.diagnostics.map(\.help) == [["run as root"]])
    #expect(host.kernelWrites == [])
  }

  @Test func `each thing is said before it is done, with its number`() {
    var lines: [String] = []
    let plan = SmallHost.plan(SmallHost.pair, on: host)
    let options = ChangeOptions { SmallHost.differences(plan, $0) }
    let report = Transaction.apply(plan, on: host.host, record: host.record, options: options) { progress in
      lines.append("\(progress.number)/\(progress.count) \(progress.phase.rawValue): \(progress.words)")
    }
    #expect(report.outcome == .done)
    #expect(
      lines == [
        "1/8 override: let only 'vfio-pci' bind '0000:03:00.0'",
        "2/8 override: let only 'vfio-pci' bind '0000:03:00.1'",
        "3/8 unbind: unbind '0000:03:00.0' from 'e1000e'",
        "4/8 unbind: unbind '0000:03:00.1' from 'e1000e'",
        "5/8 bind: offer '0000:03:00.0' to its driver",
        "6/8 bind: offer '0000:03:00.1' to its driver",
        "7/8 verify: read back the driver of '0000:03:00.0'",
        "8/8 verify: read back the driver of '0000:03:00.1'",
      ]
    )
  }

  @Test func `what follows fails, and the functions are given back under the same lock`() {
    let plan = SmallHost.plan(SmallHost.pair, on: host)
    let failure = Diagnostic(rule: "kernel-refused", severity: .error, message: "no", range: nil)
    var seen: [String?] = []
    var isLocked = false
    let report = host.apply(plan, extent: .descriptors) {
      seen = SmallHost.pair.map { try? BindingState.read($0, in: host)?.driver }
      isLocked = host.with { $0.isLockedByAnother }
      return .undo([failure])
    }
    #expect(seen == ["vfio-pci", "vfio-pci"])
    #expect(isLocked)
    #expect(report.outcome == .failedAndRestored)
    #expect(report.diagnostics.map(\.rule) == ["kernel-refused"])
    #expect(
      report.diagnostics.map { $0.notes.map(\.message) } == [["6 writes undone; the host is as it was"]]
    )
    #expect(host.differences(from: SmallHost.tree) == [])
    #expect(host.release() == ChangeReport(.done))
  }

  @Test func `what was bound before stays bound where what follows fails`() {
    let plan = SmallHost.plan(SmallHost.pair, on: host)
    #expect(host.apply(plan).outcome == .done)
    let bound = host.tree
    let count = host.log.count
    let failure = Diagnostic(rule: "kernel-refused", severity: .error, message: "no", range: nil)
    let report = host.apply(plan) { .undo([failure]) }
    #expect(report.outcome == .failedAndRestored)
    #expect(
      report.diagnostics.map { $0.notes.map(\.message) } == [
        ["nothing had been written; the host is as it was"]
      ]
    )
    #expect(host.log.count == count)
    #expect(host.differences(from: bound) == [])
  }
}
