import Diagnostics
import GuestSchema
package import HostInventory
import Resolution
package import VFIOPlan
import VFIOTypes

/// The host facts a plan rests on, and what became of them since.
///
/// Free memory is none: it changes with every breath, and what does not fit fails by itself.
package enum PlanFacts {
  /// A fact of a plan that is no longer so.
  package struct Stale: Hashable, Sendable {
    package var fact: PlanFact
    /// What is so now; nil where the host no longer says it.
    package var now: String?

    package init(fact: PlanFact, now: String?) {
      self.fact = fact
      self.now = now
    }
  }

  /// The facts behind bindings and guests, sorted by subject and name; unknown ones are absent.
  static func facts(_ host: HostSnapshot, bindings: [DriverBinding], guests: [ResolvedGuest]) -> [PlanFact] {
    var groups: Set<PCIAddress> = []
    var devices = Set(bindings.map(\.device))
    for binding in bindings {
      devices.formUnion(binding.group)
      if let lowest = binding.group.first { groups.insert(lowest) }
    }
    let parents = devices.compactMap { host.device(at: $0)?.physicalFunction }
    devices.formUnion(parents)
    var facts: [PlanFact] = []
    for address in devices.sorted() {
      for entry in DeviceFactTable.entries {
        guard let value = host.device(at: address).flatMap(entry.value) else { continue }
        facts.append(fact(address.description, entry.name, value))
      }
    }
    for address in groups.sorted() {
      for entry in GroupFactTable.entries {
        guard let group = host.group(of: address), let value = entry.value(group) else { continue }
        facts.append(fact(address.description, entry.name, value))
      }
    }
    let domains = Set(bindings.map(\.device.domain))
    let users = Set(guests.compactMap { $0.configuration.hypervisor.user?.value })
    for name in HostFactTable.names(host, domains: domains, users: users) {
      guard let value = HostFactTable.value(name, host) else { continue }
      facts.append(fact("host", name, value))
    }
    return facts.sorted { ($0.subject, $0.name) < ($1.subject, $1.name) }
  }

  /// The facts of a plan that are no longer so.
  ///
  /// A function that has got the driver the plan gives it is as the plan wants it, so that a plan which was applied may
  /// be applied again.
  package static func stale(_ plan: Plan, on host: HostSnapshot) -> [Stale] {
    let targets = Dictionary(plan.bindings.map { ($0.device.description, $0.target) }) { first, _ in first }
    return plan.facts.compactMap { fact in
      let now = value(of: fact, on: host).map { TerminalText.escaped($0) }
      guard now != fact.value else { return nil }
      switch fact.name {
      case "driver" where now == targets[fact.subject]: return nil
      case "driver-override" where now == targets[fact.subject]: return nil
      case "vfio-driver" where now == "true" && targets[fact.subject] != nil: return nil
      default: return Stale(fact: fact, now: now)
      }
    }
  }

  /// A fact as a plan can hold it: what a host says of itself may be any bytes, and a plan is text that is read back.
  private static func fact(_ subject: String, _ name: String, _ value: String) -> PlanFact {
    PlanFact(subject: subject, name: TerminalText.escaped(name), value: TerminalText.escaped(value))
  }

  private static func value(of fact: PlanFact, on host: HostSnapshot) -> String? {
    guard let address = PCIAddress(fact.subject) else { return HostFactTable.value(fact.name, host) }
    if let entry = GroupFactTable.entries.first(where: { $0.name == fact.name }) {
      return host.group(of: address).flatMap(entry.value)
    }
    let entry = DeviceFactTable.entries.first { $0.name == fact.name }
    return entry.flatMap { entry in host.device(at: address).flatMap(entry.value) }
  }
}

extension HostSnapshot {
  /// The group whose lowest member is at an address.
  fileprivate func group(of address: PCIAddress) -> HostGroup? {
    groups?.first { $0.members.first == address }
  }
}
