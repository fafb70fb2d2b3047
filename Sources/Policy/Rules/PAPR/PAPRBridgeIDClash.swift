import Diagnostics
package import Resolution
import VFIOTypes

/// No host bridge is called 'pci'.
package enum PAPRBridgeIDClash: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-bridge-id-clash",
    summary: "no added PAPR host bridge is named 'pci'",
    rationale:
      "Its bus would be 'pci.0', which is the built-in host bridge's, and devices would land on the wrong one.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize")],
    severity: .error,
    machines: [.pseries],
    otherwise: "nothing: a device of bus 'pci.0' lands on the built-in host bridge",
    host: .powernv,
    accepts: ["bridges: {pci: {index: 0}}", "bridges: {pci1: {index: 1}}"],
    rejects: ["bridges: {«pci»: {index: 1}}", "bridges: {main: {index: 0}, «pci»: {}}"]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard !bridge.isBuiltIn, bridge.name == "pci" else { return }
    findings.report(
      "a host bridge named 'pci' has the bus 'pci.0' of the built-in one",
      at: bridge.range,
      help: ["give it another name"]
    )
  }
}
