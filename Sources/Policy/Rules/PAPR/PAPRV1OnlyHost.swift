import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// Asking for v1 is a habit of hosts that are gone.
package enum PAPRV1OnlyHost: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-v1-only-host",
    summary: "sPAPR TCE v1 is not asked for by name",
    rationale: """
      Hosts that have only v1 are gone from the kernel since 2023. Everywhere else v2 is tried first and v1 taken where
      it must be; asking for v1 keeps each of its limits: one group a container, no dynamic windows.
      """,
    sources: [.mail("linuxppc-dev, 3 July 2023, removal of IODA1 support")],
    severity: .warning,
    machines: [.pseries],
    otherwise: "nothing: it works, with every limit of v1",
    fix: "leave the model open",
    host: .powernv,
    accepts: ["bridges: {net: {index: 1}}", "bridges: {net: {index: 1, iommu-model: spapr-tce-v2}}"],
    rejects: [
      "bridges: {net: {index: 1, iommu-model: «spapr-tce»}}",
      "iommu-model: «spapr-tce»\nbridges: {main: {index: 0}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.model.value == .spaprTCE, let range = bridge.model.range else { return }
    // Said once where the guest's model is inherited by several bridges.
    guard range == bridge.configuration.iommuModel?.range || bridge.index == 0 else { return }
    findings.report(
      "sPAPR TCE v1 is asked for",
      at: range,
      help: ["leave 'iommu-model' out; v2 is tried first"],
      fixIts: [FixIt("leave the model open", edits: [.init(range, with: "auto")])]
    )
  }
}
