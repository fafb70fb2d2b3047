import HostInventory
import Planning
import Policy
import Testing
import VFIOPlan
import VFIOTypes

@Suite struct FactTests {
  /// The host of a case with one device changed.
  private func host(_ address: String, _ change: (inout HostDevice) -> Void) throws -> HostSnapshot {
    var host = try #require(PlanCase.mapAll.host.snapshot)
    var devices = host.devices
    let place = try #require(PCIAddress(address))
    let index = try #require(host.index(of: place))
    change(&devices[index])
    host.setDevices(devices)
    return host
  }

  @Test func `a host that is as it was makes no fact stale`() throws {
    let plan = try PlanCase.mapAll.plan()
    #expect(!plan.facts.isEmpty)
    #expect(PlanFacts.stale(plan, on: try #require(PlanCase.mapAll.host.snapshot)) == [])
  }

  @Test func `facts are sorted and each is there once`() throws {
    let keys = try PlanCase.mapAll.plan().facts.map { "\($0.subject) \($0.name)" }
    #expect(Set(keys).count == keys.count)
    #expect(keys == keys.sorted())
  }

  @Test func `another driver is a stale fact, the planned one is none`() throws {
    let plan = try PlanCase.mapAll.plan()
    let moved = try host("0000:02:00.0") { $0.driver = .bound("other") }
    #expect(
      PlanFacts.stale(plan, on: moved) == [
        .init(fact: PlanFact(subject: "0000:02:00.0", name: "driver", value: "mlx5_core"), now: "other")
      ]
    )
    let bound = try host("0000:02:00.0") { device in
      device.driver = .bound("vfio-pci")
      device.driverOverride = "vfio-pci"
      device.isOnVFIODriver = true
    }
    #expect(PlanFacts.stale(plan, on: bound) == [])
  }

  @Test func `what the host no longer says is stale too`() throws {
    let plan = try PlanCase.mapAll.plan()
    let lost = try host("0000:03:00.0") { $0.identity = nil }
    #expect(
      PlanFacts.stale(plan, on: lost).map { "\($0.fact.name) \($0.now ?? "nothing")" }
        == ["class nothing", "ids nothing"]
    )
  }
}
