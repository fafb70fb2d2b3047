import HostInventory
import VFIOPlan
import VFIOTypes

/// Compares the live host with what a plan rests on.
enum Staleness {
  /// What differs, those of the plan's facts first; empty where the plan still holds.
  ///
  /// What the plan itself brings about is no difference: a function that is bound as planned already differs from the
  /// plan's facts in its driver and in what follows from it.
  ///
  /// - Parameters:
  ///   - plan: its bindings say what else must be so.
  ///   - snapshot: the live host.
  ///   - facts: the plan's facts that are no longer so, from the room that knows what they mean.
  /// - Returns: the differences, a function that is gone as one.
  static func differences(of plan: Plan, from snapshot: HostSnapshot, facts: [FactDifference])
    -> [FactDifference]
  {
    var found: [FactDifference] = []
    func add(_ difference: FactDifference) {
      let isKnown = found.contains { $0.subject == difference.subject && $0.name == difference.name }
      guard difference.planned != difference.now, !isKnown else { return }
      found.append(difference)
    }
    for fact in facts {
      if let address = PCIAddress(fact.subject), snapshot.device(at: address) == nil {
        add(gone(fact.subject))
        continue
      }
      // A function that vfio-pci has put to sleep tells less than it did; less is no difference.
      let follows = followsBinding.contains(fact.name) || fact.now == nil
      if !follows || !isBoundAsPlanned(fact.subject, plan, snapshot) { add(fact) }
    }
    for binding in plan.bindings {
      for difference in differences(of: binding, from: snapshot) { add(difference) }
    }
    return found
  }

  private static func differences(of binding: DriverBinding, from snapshot: HostSnapshot) -> [FactDifference]
  {
    let subject = binding.device.description
    guard let device = snapshot.device(at: binding.device) else { return [gone(subject)] }
    var found: [FactDifference] = []
    let now = device.driver?.name
    if !binding.isManaged {
      found.append(.init(subject: subject, name: "driver", planned: binding.target, now: now ?? "none"))
    } else if now != binding.target, !binding.group.isEmpty {
      let planned = binding.current ?? "none"
      found.append(.init(subject: subject, name: "driver", planned: planned, now: now ?? "none"))
    }
    if let lowest = binding.group.first {
      let members = device.group.flatMap { snapshot.groups?[$0].members }
      found.append(
        .init(
          subject: lowest.description,
          name: "members",
          planned: binding.group.map(\.description).joined(separator: ","),
          now: members?.map(\.description).joined(separator: ",")
        )
      )
    }
    return found
  }

  /// What binding a function to another driver changes by itself.
  private static let followsBinding = ["driver", "driver-override", "in-use", "vfio-driver"]

  private static func gone(_ subject: String) -> FactDifference {
    FactDifference(subject: subject, name: "function", planned: "there", now: "gone")
  }

  private static func isBoundAsPlanned(_ subject: String, _ plan: Plan, _ snapshot: HostSnapshot) -> Bool {
    plan.bindings.contains { binding in
      binding.device.description == subject
        && snapshot.device(at: binding.device)?.driver?.name == binding.target
    }
  }
}
