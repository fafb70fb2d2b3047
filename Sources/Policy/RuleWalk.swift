import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// Walks a configuration once and calls, at each thing, only the rules concerned with it.
///
/// A rule that concerns other machines costs nothing per thing, so that three hundred rules cost little more than the
/// walk. A rule is skipped for a guest where one it requires has fired.
package struct RuleWalk: Sendable {
  /// What the walk asks of a rule at every guest: plain values, since threads share one walk and would wait for each
  /// other at every reference they count.
  private struct Entry {
    var subject: RuleSubject
    var id: String
    var severity: Severity
    /// A bit for each family of machines it concerns.
    var machines: UInt16
    /// Where in `required` the positions of the rules stand that must be silent.
    var requires: Range<Int>
    /// Whether it looks at IOMMU groups, and so decides nothing where those of the host are not known.
    var needsGroups: Bool
  }

  private let entries: [Entry]
  private let required: [Int]

  package init(rules: [any Rule.Type] = RuleCatalog.rules) {
    var entries: [Entry] = []
    var required: [Int] = []
    var positions: [String: Int] = [:]
    for (position, rule) in rules.enumerated() {
      let description = rule.description
      let first = required.count
      required += description.requires.compactMap { positions[$0] }
      positions[description.id] = position
      entries.append(
        Entry(
          subject: rule.subject,
          id: description.id,
          severity: description.severity,
          machines: description.machines.isEmpty
            ? UInt16.max : description.machines.reduce(0) { $0 | RuleWalk.bit($1) },
          requires: first..<required.count,
          needsGroups: description.needs.contains("groups[].members")
        )
      )
    }
    self.entries = entries
    self.required = required
  }

  private static func bit(_ family: MachineType.Family) -> UInt16 {
    switch family {
    case .pseries: 1 << 0
    case .q35: 1 << 1
    case .pc: 1 << 2
    case .virt: 1 << 3
    case .s390: 1 << 4
    case .powernv: 1 << 5
    case .unknown: 1 << 6
    }
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
      let machine = RuleWalk.bit(guest.machine.family)
      var fired: Set<Int> = []
      let lacksGroups = isBlind && !guest.devices.isEmpty
      for index in entries.indices where entries[index].machines & machine != 0 {
        if case .file = entries[index].subject { continue }
        run(index, fired: &fired, &findings) { findings in
          guard !(lacksGroups && entries[index].needsGroups) else { return findings.needs("IOMMU groups") }
          check(entries[index].subject, guest, configuration, &findings)
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
    for index in entries.indices {
      guard case .file(let rule) = entries[index].subject else { continue }
      run(index, fired: &fired, &findings) { findings in rule.check(configuration, &findings) }
    }
    return findings
  }

  private func run(
    _ index: Int,
    fired: inout Set<Int>,
    _ findings: inout Findings,
    _ body: (inout Findings) -> Void
  ) {
    guard fired.isEmpty || !required[entries[index].requires].contains(where: fired.contains) else {
      findings.skip()
      return
    }
    findings.begin(entries[index].id, entries[index].severity)
    let before = findings.diagnostics.count
    body(&findings)
    if findings.diagnostics.count > before { fired.insert(index) }
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
