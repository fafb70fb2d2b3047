import Diagnostics
import HostChanges
import HostDoors
import HostInventory
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes

/// Something that happened to the host after the plan was made.
struct Drift: CustomTestStringConvertible, Sendable {
  var what: String
  var words: [String]
  var change: @Sendable (ModelHostFiles) -> Void

  var testDescription: String { what }

  private static let folder = SmallHost.folder(SmallHost.pair[0])

  private static func put(_ path: String, _ text: String) -> @Sendable (ModelHostFiles) -> Void {
    { host in host.with { $0.tree.putFile(path, text) } }
  }

  static let all = [
    Drift(
      what: "another driver took it",
      words: [
        "0000:03:00.0 driver: planned 'e1000e', now 'nouveau'",
        "0000:03:00.0 driver-override: planned 'none', now 'nouveau'",
      ],
      change: { host in
        _ = host.run([
          "echo nouveau > /sys/bus/pci/devices/0000:03:00.0/driver_override",
          "echo 0000:03:00.0 > /sys/bus/pci/drivers/e1000e/unbind",
          "echo 0000:03:00.0 > /sys/bus/pci/drivers_probe",
        ])
      }
    ),
    Drift(
      what: "its driver let go",
      words: ["0000:03:00.0 driver: planned 'e1000e', now 'none'"],
      change: { _ = $0.run(["echo 0000:03:00.0 > /sys/bus/pci/drivers/e1000e/unbind"]) }
    ),
    Drift(
      what: "an override was written",
      words: ["0000:03:00.0 driver-override: planned 'none', now 'nouveau'"],
      change: { _ = $0.run(["echo nouveau > /sys/bus/pci/devices/0000:03:00.0/driver_override"]) }
    ),
    Drift(
      what: "another device is at the address",
      words: ["0000:03:00.0 ids: planned '8086:10d3', now '8086:1533'"],
      change: put("\(folder)/device", "0x1533\n")
    ),
    Drift(
      what: "it is gone",
      words: [
        "0000:03:00.0 function: planned 'there', now 'gone'",
        "0000:03:00.0 members: planned '0000:03:00.0,0000:03:00.1', now '0000:03:00.1'",
      ],
      change: { $0.unplug("0000:03:00.0") }
    ),
    Drift(
      what: "a member joined the group",
      words: [
        "0000:03:00.0 members: planned '0000:03:00.0,0000:03:00.1', now '0000:01:00.0,0000:03:00.0,0000:03:00.1'"
      ],
      change: { host in
        host.with { state in
          state.tree.remove("/sys/kernel/iommu_groups/1")
          state.tree.putLink(
            "/sys/kernel/iommu_groups/3/devices/0000:01:00.0",
            to: "../../../../devices/pci0000:00/0000:01:00.0"
          )
        }
      }
    ),
    Drift(
      what: "its interface came up",
      words: ["0000:03:00.0 in-use: planned 'none', now 'interface-up'"],
      change: put("\(folder)/net/eth1/operstate", "up\n")
    ),
    Drift(
      what: "the kernel's override text cannot be read",
      words: [],
      change: { host in
        host.with { $0.unreadable["/sys/bus/pci/devices/0000:03:00.0/driver_override"] = .denied }
      }
    ),
  ]
}

@Suite struct StalenessTests {
  private let host = ModelHostFiles(SmallHost.tree)

  @Test(arguments: Drift.all)
  func `what happened since the plan was made is told fact by fact, and nothing is written`(drift: Drift) {
    let plan = SmallHost.plan(SmallHost.pair, on: host)
    drift.change(host)
    let count = host.kernelWrites.count
    let before = host.tree
    let report = host.apply(plan)
    #expect(report.outcome == (drift.words.isEmpty ? .failedAndRestored : .stale))
    #expect(report.differences.map(\.words) == drift.words)
    #expect(report.diagnostics.map(\.rule) == [drift.words.isEmpty ? "host-unreadable" : "plan-stale"])
    #expect(host.kernelWrites.count == count)
    #expect(host.differences(from: before) == [])
  }

  @Test func `a fact the host no longer tells is a difference, and so is one nobody knows`() {
    var plan = SmallHost.plan([SmallHost.nic], on: host)
    plan.facts.append(PlanFact(subject: "0000:01:00.0", name: "serial", value: "001b21ffff"))
    plan.facts.append(PlanFact(subject: "host", name: "phase-of-the-moon", value: "full"))
    #expect(
      host.apply(plan).differences == [
        FactDifference(subject: "0000:01:00.0", name: "serial", planned: "001b21ffff", now: nil),
        FactDifference(subject: "host", name: "phase-of-the-moon", planned: "full", now: nil),
      ]
    )
  }

  @Test func `a plan made without a host is held against none of its facts`() {
    var plan = SmallHost.plan([SmallHost.nic], on: host)
    plan.facts = []
    plan.bindings[0].group = []
    plan.bindings[0].current = nil
    #expect(host.apply(plan).outcome == .done)
  }

  @Test func `what follows from the binding is no difference, and neither is what a sleeping function hides`()
  {
    host.with { $0.tree.putFile("\(SmallHost.folder(SmallHost.nic))/net/eth0/operstate", "up\n") }
    var plan = SmallHost.plan([SmallHost.nic], on: host)
    plan.facts.append(PlanFact(subject: "0000:01:00.0", name: "header-type", value: "0"))
    #expect(host.apply(plan).outcome == .done)
    host.with { state in
      state.tree.putFile("\(SmallHost.folder(SmallHost.nic))/net/eth0/operstate", "down\n")
      let ones = [UInt8](repeating: 0xff, count: 64)
      state.tree.putFile("\(SmallHost.folder(SmallHost.nic))/config", bytes: ones)
    }
    #expect(host.apply(plan) == ChangeReport(.done))
    // Another device at the address is one all the same.
    host.with { $0.tree.putFile("\(SmallHost.folder(SmallHost.nic))/device", "0x1533\n") }
    #expect(host.apply(plan).differences.map(\.name) == ["ids"])
  }
}
