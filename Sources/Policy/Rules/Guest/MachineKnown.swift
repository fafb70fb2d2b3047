import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// The machine type is one the tool knows the shape of.
package enum MachineKnown: GuestRule {
  package static let description = RuleDescription(
    id: "machine-known",
    summary: "a guest names a machine type whose shape is known",
    rationale: """
      Buses, slots and the place of RAM follow from the machine. For one that is not known they would have to be
      guessed.
      """,
    sources: [.document("QEMU 10.0, -machine help")],
    severity: .error,
    otherwise: "unsupported machine type",
    accepts: ["machine: q35", "machine: pc-i440fx-9.2", "machine: pseries-10.0"],
    rejects: ["machine: «microvm»", "machine: «q36»"]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard guest.machine.family == .unknown, let written = guest.configuration.machine else { return }
    findings.report(
      "machine '\(written.value)' is not known",
      at: written.range,
      help: ["use pseries, q35, pc, virt or s390-ccw-virtio, or a versioned name such as pc-q35-9.2"]
    )
  }
}
