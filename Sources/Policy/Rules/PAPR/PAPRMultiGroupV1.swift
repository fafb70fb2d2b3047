import Diagnostics
package import Resolution
import VFIOTypes

/// On v1 each group of a bridge costs a container.
package enum PAPRMultiGroupV1: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-multi-group-v1",
    summary: "on sPAPR TCE v1 a host bridge has one group",
    rationale:
      "A v1 container takes one group; each further one gets its own, charged in full, and EEH is lost.",
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_attach_group")
    ],
    severity: .warning,
    needs: ["groups[].members"],
    machines: [.pseries],
    otherwise: "nothing: it works, and each container is charged in full",
    host: .powernv,
    accepts: [
      "bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}}",
      "bridges: {net: {index: 1, devices: [\"0001:01:00.0\", \"0001:01:00.1\"]}}",
    ],
    rejects: [
      "bridges: {«net»: {index: 1, iommu-model: spapr-tce, devices: [\"0002:01:00.0\", \"0003:01:00.0\"]}}",
      "bridges: {«net»: {iommu-model: spapr-tce, devices: [\"0003:01:00.0\", \"0001:01:00.0\", \"0001:01:00.1\"]}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.model.value == .spaprTCE, guest.hasSeveralGroups(bridge) else { return }
    let groups = guest.groups(of: bridge)
    findings.report(
      "host bridge '\(bridge.name)' has \(groups.count) groups on sPAPR TCE v1, so \(groups.count) containers",
      at: bridge.range,
      help: ["give each group a host bridge of its own"]
    )
  }
}
