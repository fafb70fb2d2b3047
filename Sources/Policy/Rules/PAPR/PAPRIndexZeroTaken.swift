import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// Index 0 is the built-in host bridge's, once.
package enum PAPRIndexZeroTaken: GuestRule {
  package static let description = RuleDescription(
    id: "papr-index-zero-taken",
    summary: "index 0 is named once: it is the built-in host bridge",
    rationale:
      "The machine makes host bridge 0 itself, even with -nodefaults; an entry of index 0 describes that one.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr.c: spapr_machine_init")],
    severity: .error,
    machines: [.pseries],
    otherwise: """
      PHB 0 already attached
      Only the PCI controller with index 0 can have target index 0, and vice versa
      """,
    fix: "leave the index open",
    host: .powernv,
    accepts: ["bridges: {main: {index: 0}}", "bridges: {main: {index: 0}, net: {index: 1}}"],
    rejects: [
      "bridges: {main: {index: 0}, net: {index: «0»}}",
      "bridges: {net: {index: 1}, main: {index: 0}, more: {index: «0»}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    let zeros = guest.bridges.filter { $0.configuration.index?.value == 0 }
    guard let builtIn = zeros.first else { return }
    for bridge in zeros.dropFirst() {
      guard let range = bridge.configuration.index?.range else { continue }
      findings.report(
        "index 0 is the built-in host bridge, which '\(builtIn.name)' describes",
        at: range,
        notes: builtIn.configuration.index.map { [.init("first used here", at: $0.range)] } ?? [],
        help: ["leave 'index' out; the next free one is taken"],
        fixIts: [FixIt("leave the index open", edits: [.init(range, with: "auto")])]
      )
    }
  }
}
