import Diagnostics
import GuestSchema
package import Resolution

/// A guest says its machine and its memory.
package enum GuestComplete: GuestRule {
  package static let description = RuleDescription(
    id: "guest-complete",
    summary: "a guest names its machine and its memory",
    rationale: """
      Both may come from a profile, so the file's schema cannot demand them; without them there is no layout of RAM and
      no bus to place a device on.
      """,
    sources: [.reasoned("every later computation starts from the two")],
    severity: .error,
    otherwise: "No machine specified, and there is no default",
    accepts: [
      "guests:\n  vm: {machine: q35, memory: 4GiB}",
      "profiles:\n  big: {guest: {machine: q35, memory: 64GiB}}\nguests:\n  vm: {use: [big]}",
    ],
    rejects: [
      "guests:\n  «vm»: {memory: 4GiB}", "guests:\n  «vm»: {machine: q35, memory: {hugepages: 2MiB}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    var missing: [String] = []
    if guest.configuration.machine == nil { missing.append("'machine'") }
    if guest.configuration.memory.size == nil { missing.append("the size of its 'memory'") }
    guard !missing.isEmpty else { return }
    findings.report(
      "guest '\(guest.name)' does not say \(missing.joined(separator: " nor "))",
      at: guest.configuration.name.range,
      help: ["add it, or 'use' a profile that has it"]
    )
  }
}
