package import Diagnostics
import GuestSchema
package import Policy
import Resolution
package import VFIOPlan
import VFIOTypes

/// Puts what was resolved and accepted in order: the host's part once, then guest by guest.
///
/// It chooses nothing: what could have been otherwise was chosen in Resolution, with its reason.
package enum Planner {
  /// The plan of a configuration.
  ///
  /// - Parameters:
  ///   - accepted: what no rule refuses.
  ///   - texts: the texts of this run; the guest file among them gives origins their lines.
  ///   - file: the name of the guest file, as the user gave it.
  /// - Returns: the plan; where no host was looked at it has no facts and no steps that need a group.
  package static func plan(_ accepted: AcceptedConfiguration, texts: SourceTexts, file: String) -> Plan {
    let resolved = accepted.resolved
    let source = resolved.guests.first.flatMap { texts[$0.configuration.name.range.source] }
    let origins = Origins(source ?? texts[named: file])
    let guests = resolved.guests.sorted { $0.name < $1.name }
      .map { GuestContext(guest: $0, host: resolved.host, origins: origins) }
    let plans = guests.map { GuestPlanner($0).plan() }
    let bindings = Bindings.bindings(of: guests)
    return Plan(
      file: file,
      host: resolved.configuration.host.name?.value,
      bindings: bindings,
      guests: plans,
      facts: resolved.host.map { host in
        PlanFacts.facts(host, bindings: bindings, guests: guests.map(\.guest))
      } ?? [],
      protections: resolved.configuration.protections.enumerated().map { position, entry in
        PlannedProtection(
          subject: subject(entry.subject.value),
          reason: entry.reason.value,
          origin: origins.origin("protect.\(position)", at: entry.subject.range)
        )
      },
      overrides: resolved.configuration.overrides.enumerated().map { position, entry in
        PlannedOverride(
          guardClass: entry.guardClass.value,
          device: entry.device.value,
          reason: entry.reason.value,
          origin: origins.origin("override.\(position)", at: entry.device.range)
        )
      }
    )
  }

  private static func subject(_ subject: Protection.Subject) -> PlannedProtection.Subject {
    switch subject {
    case .device(let address): .device(address)
    case .interface(let name): .interface(name)
    case .block(let name): .block(name)
    }
  }
}
