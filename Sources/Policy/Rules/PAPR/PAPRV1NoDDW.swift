import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// sPAPR TCE v1 has no dynamic windows.
package enum PAPRV1NoDDW: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-v1-no-ddw",
    summary: "a host bridge offers dynamic windows only where the host has them, never on sPAPR TCE v1",
    rationale: """
      The guest boots, its driver asks for the large window, and the hypervisor aborts: v1 can only map inside the
      window that is there. A host bridge of the host without dynamic windows refuses v2, so that v1 is left.
      """,
    sources: [.code(project: "QEMU 10.0", place: "hw/vfio/spapr.c: vfio_spapr_container_add_section_window")],
    severity: .error,
    machines: [.pseries],
    otherwise: "qemu: hardware error: vfio: DMA mapping failed, unable to continue",
    fix: "write 'false'",
    host: .powernv,
    accepts: [
      "bridges: {net: {index: 1, iommu-model: auto, window: {ddw: true}}}",
      "bridges: {net: {index: 1, window: {ddw: false}}}",
      Example("bridges: {net: {index: 1, devices: [\"0004:01:00.2\"]}}", host: .pseriesNoDDW),
    ],
    rejects: [
      "allow: []\nguests:\n  vm:\n    machine: pseries\n    memory: 4GiB\n    bridges: {net: {index: 1, iommu-model: spapr-tce, window: {ddw: «true»}}}",
      "iommu-model: spapr-tce\nbridges: {net: {index: 1, window: {ddw: «true»}}}",
      Example(
        "bridges: {net: {index: 1, window: {ddw: «true»}, devices: [\"0004:01:00.2\"]}}",
        host: .pseriesNoDDW
      ),
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.ddw?.value == true, let range = bridge.ddw?.range else { return }
    let bare = bridge.devices.lazy.compactMap { guest.devices[$0].hostAddress }
      .first { configuration.host?.tce(of: $0)?.offersDDW == false }
    guard bridge.model.value == .spaprTCE || bare != nil else { return }
    findings.report(
      bridge.model.value == .spaprTCE
        ? "dynamic windows are offered on sPAPR TCE v1, which has none"
        : "dynamic windows are offered, and the host has none for \(bare?.description ?? "")",
      at: range,
      help: ["write 'ddw: false'"],
      fixIts: [FixIt("offer none", edits: [.init(range, with: "false")])]
    )
  }
}
