import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// Walks a configuration once and calls, at each thing, only the rules concerned with it.
///
/// A rule that concerns other machines costs nothing per thing, so that three hundred rules cost little more than the
/// walk. A rule is skipped for a guest where one it requires has fired.
package struct RuleWalk: Sendable {
  private struct Entry {
    var subject: RuleSubject
    var description: RuleDescription
    /// Whether it looks at IOMMU groups, and so decides nothing where those of the host are not known.
    var needsGroups: Bool

    init(_ subject: RuleSubject, _ description: RuleDescription) {
      self.subject = subject
      self.description = description
      needsGroups = description.needs.contains("groups[].members")
    }
  }

  private let entries: [Entry]

  package init(rules: [any Rule.Type] = RuleCatalog.rules) {
    entries = rules.map { Entry($0.subject, $0.description) }
  }

  /// All findings, in the order of the document, and what could not be decided.
  package func findings(in configuration: ResolvedConfiguration) -> Findings {
    findings(in: configuration, after: [findings(of: configuration.guests.indices, in: configuration)])
  }

  /// The findings of the rules that look at one guest at a time, for some of the guests.
  ///
  /// Nothing of one guest rests on what was found at another, so that several can be walked side by side.
  package func findings(of positions: Range<Int>, in configuration: ResolvedConfiguration) -> Findings {
    var findings = Findings()
    // A host is there and its groups are not known, asked once and not at each guest.
    let isBlind = configuration.host != nil && configuration.host?.groups == nil
    for position in positions {
      let guest = configuration.guests[position]
      var fired: Set<String> = []
      let lacksGroups = isBlind && !guest.devices.isEmpty
      for entry in entries where concerns(entry, guest) {
        if case .file = entry.subject { continue }
        run(entry, fired: &fired, &findings) { findings in
          guard !(lacksGroups && entry.needsGroups) else { return findings.needs("IOMMU groups") }
          check(entry.subject, guest, configuration, &findings)
        }
      }
      findings.fire(fired)
    }
    return findings
  }

  /// The whole: what was found at the guests, part by part in order, and then what the rules of the file find.
  package func findings(in configuration: ResolvedConfiguration, after guests: [Findings]) -> Findings {
    var findings = Findings()
    for part in guests { findings.append(part) }
    var fired = findings.fired
    for entry in entries {
      guard case .file(let rule) = entry.subject else { continue }
      run(entry, fired: &fired, &findings) { findings in rule.check(configuration, &findings) }
    }
    return findings
  }

  private func concerns(_ entry: Entry, _ guest: ResolvedGuest) -> Bool {
    entry.description.machines.isEmpty || entry.description.machines.contains(guest.machine.family)
  }

  private func run(
    _ entry: Entry,
    fired: inout Set<String>,
    _ findings: inout Findings,
    _ body: (inout Findings) -> Void
  ) {
    guard fired.isEmpty || !entry.description.requires.contains(where: fired.contains) else {
      findings.skip()
      return
    }
    findings.begin(entry.description)
    let before = findings.diagnostics.count
    body(&findings)
    if findings.diagnostics.count > before { fired.insert(entry.description.id) }
  }

  private func check(
    _ subject: RuleSubject,
    _ guest: ResolvedGuest,
    _ configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    switch subject {
    case .file: break
    case .guest(let rule): rule.check(guest, in: configuration, &findings)
    // By position: a copy of every device for every rule would cost more than the rules.
    case .bridge(let rule):
      for index in guest.bridges.indices {
        rule.check(guest.bridges[index], of: guest, in: configuration, &findings)
      }
    case .port(let rule):
      for index in guest.ports.indices {
        rule.check(guest.ports[index], of: guest, in: configuration, &findings)
      }
    case .device(let rule):
      for index in guest.devices.indices {
        rule.check(guest.devices[index], of: guest, in: configuration, &findings)
      }
    case .group(let rule):
      for index in guest.groups.indices {
        rule.check(guest.groups[index], of: guest, in: configuration, &findings)
      }
    case .container(let rule):
      for index in guest.containers.indices {
        rule.check(guest.containers[index], of: guest, in: configuration, &findings)
      }
    }
  }
}
