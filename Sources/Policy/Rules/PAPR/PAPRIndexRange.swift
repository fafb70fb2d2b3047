import Diagnostics
package import Resolution
import VFIOTypes

/// A PAPR index fixes where everything of a host bridge lies, and there is room for 31.
package enum PAPRIndexRange: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-index-range",
    summary: "a PAPR index is 0 to 30",
    rationale:
      "The area for 64-bit windows holds 32 slots of 1 TiB, of which the first holds the small windows.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr.c: spapr_phb_placement")],
    severity: .error,
    machines: [.pseries],
    otherwise: """
      "index" for PAPR PHB is too large (max 30)
      PCI controller target index '31' out of range - must be 0-30
      """,
    host: .powernv,
    accepts: ["bridges: {net: {index: 30}}", "bridges: {net: {index: 1}, store: {}}"],
    rejects: ["bridges: {net: {index: «31»}}", "bridges: {net: {index: «255»}}"]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let index = bridge.phbIndex, !(0...30).contains(index.value) else { return }
    findings.report(
      "PAPR index \(index.value), expected 0 to 30",
      at: index.range ?? bridge.range,
      help: ["a guest has 31 host bridges at most"]
    )
  }
}
