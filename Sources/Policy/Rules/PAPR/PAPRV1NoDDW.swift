import Diagnostics
package import Resolution
import VFIOTypes

/// sPAPR TCE v1 has no dynamic windows.
package enum PAPRV1NoDDW: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-v1-no-ddw",
    summary: "a host bridge on sPAPR TCE v1 offers no dynamic windows",
    rationale: """
      The guest boots, its driver asks for the large window, and the hypervisor aborts: v1 can only map inside the
      window that is there.
      """,
    sources: [.code(project: "QEMU 10.0", place: "hw/vfio/spapr.c: vfio_spapr_container_add_section_window")],
    severity: .error,
    machines: [.pseries],
    otherwise: "qemu: hardware error: vfio: DMA mapping failed, unable to continue",
    host: .powernv,
    accepts: [
      "bridges: {net: {index: 1, iommu-model: auto, window: {ddw: true}}}",
      "bridges: {net: {index: 1, window: {ddw: false}}}",
    ],
    rejects: [
      "allow: []\nguests:\n  vm:\n    machine: pseries\n    memory: 4GiB\n    bridges: {net: {index: 1, iommu-model: spapr-tce, window: {ddw: «true»}}}",
      "iommu-model: spapr-tce\nbridges: {net: {index: 1, window: {ddw: «true»}}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.model.value == .spaprTCE, bridge.ddw?.value == true, let range = bridge.ddw?.range else {
      return
    }
    findings.report(
      "dynamic windows are offered on sPAPR TCE v1, which has none",
      at: range,
      help: ["write 'ddw: false'"],
      fixIts: [FixIt("offer none", edits: [.init(range, with: "false")])]
    )
  }
}
