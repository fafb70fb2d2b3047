import HostChanges
import HostDoors
import HostInventory
import Planning
import TestSupport
import VFIOPlan
import VFIOTypes

extension SmallHost {
  /// What the planner says of the facts of a plan.
  static func differences(_ plan: Plan, _ snapshot: HostSnapshot) -> [FactDifference] {
    PlanFacts.stale(plan, on: snapshot).map { stale in
      FactDifference(
        subject: stale.fact.subject,
        name: stale.fact.name,
        planned: stale.fact.value,
        now: stale.now
      )
    }
  }

  /// A plan that binds functions to vfio-pci, with the facts a planner would have read.
  static func plan(
    _ functions: [PCIAddress],
    on files: any HostFiles,
    target: String = "vfio-pci",
    isManaged: Bool = true
  ) -> Plan {
    let snapshot = SysfsReader.snapshot(of: files)
    return Plan(
      file: "guest.yaml",
      host: nil,
      bindings: functions.enumerated().map { number, address in
        let device = snapshot.device(at: address)
        return DriverBinding(
          device: address,
          group: device?.group.flatMap { snapshot.groups?[$0].members } ?? [],
          current: device?.driver?.name,
          target: target,
          purpose: .assigned,
          isManaged: isManaged,
          origin: Origin(path: "guests.a.devices.\(number)", line: 10 + number, column: 5, length: 14)
        )
      },
      guests: [],
      facts: functions.flatMap { snapshot.device(at: $0).map(facts) ?? [] }
    )
  }

  private static func ids(_ identity: HostDevice.Identity) -> String {
    [identity.vendor, identity.device, identity.subvendor, identity.subdevice].compactMap(\.self)
      .joined(separator: ":")
  }

  /// Facts by the names and in the spelling of the planner.
  private static func facts(_ device: HostDevice) -> [PlanFact] {
    let values = [
      ("driver", device.driver?.name ?? "none"), ("driver-override", device.driverOverride ?? "none"),
      ("ids", device.identity.map(ids)),
      ("in-use", device.inUse.map { $0.isEmpty ? "none" : $0.joined(separator: ",") }),
      ("vfio-driver", device.isOnVFIODriver?.description),
    ]
    return values.compactMap { name, value in
      value.map { PlanFact(subject: device.address.description, name: name, value: $0) }
    }
  }
}

extension ModelHostFiles {
  /// This host behind its doors.
  var host: ChangeableHost { ChangeableHost(files: self, writes: self, processes: self) }

  var record: StateFile { StateFile("/run/vfioplan/state.json", files: self, writes: self) }

  func apply(
    _ plan: Plan,
    overriding classes: [String] = [],
    extent: ChangeOptions.Extent = .drivers,
    next: () -> Transaction.Continuation = { .keep }
  ) -> ChangeReport {
    let options = ChangeOptions(overrides: classes, extent: extent) { SmallHost.differences(plan, $0) }
    return Transaction.apply(plan, on: host, record: record, options: options, next: next)
  }

  func release(_ extent: Release.Extent = .everything) -> ChangeReport {
    Release.run(extent, on: host, record: record)
  }

  /// The writes to the kernel, without those to files of our own.
  var kernelWrites: [String] { log.filter { $0.hasPrefix("write ") } }

  /// What differs from a tree outside our own folder.
  func differences(from tree: TreeFiles) -> [String] { self.tree.differences(from: tree, ignoring: "/run") }
}
