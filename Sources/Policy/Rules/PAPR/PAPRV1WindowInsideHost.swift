import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// On v1 the default window lies inside the host's.
package enum PAPRV1WindowInsideHost: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-v1-window-inside-host",
    summary: "on sPAPR TCE v1 the default window fits into the host's",
    rationale: "v1 maps into the window the host's firmware made; it makes none of its own.",
    sources: [.code(project: "QEMU 10.0", place: "hw/vfio/spapr.c: vfio_spapr_container_add_section_window")],
    severity: .error,
    needs: ["tce[].dma32-size"],
    machines: [.pseries],
    otherwise: "Container 0x... can't map guest IOVA region 0x0..0x7fffffff",
    host: .pseries,
    accepts: [
      "bridges: {net: {index: 1, window: {dma32: 1GiB}, devices: [\"0003:01:00.0\"]}}",
      "bridges: {net: {index: 1, window: {dma32: 2GiB}, devices: [\"0003:01:00.0\"]}}",
    ],
    rejects: [
      "bridges: {net: {index: 1, iommu-model: spapr-tce, window: {dma32: «2GiB»}, devices: [\"0003:01:00.0\"]}}",
      "iommu-model: spapr-tce\nbridges: {net: {index: 1, window: {dma32: «2GiB»}, devices: [\"0002:01:00.0\"]}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.model.value == .spaprTCE, let size = bridge.configuration.window.dma32,
      let host = configuration.host,
      let domain = bridge.devices.first.flatMap({ guest.devices[$0].hostAddress?.domain })
    else { return }
    guard let offered = host.tce.first(where: { $0.domain == domain })?.dma32Size else {
      findings.needs("default DMA window of PCI domain \(Hexadecimal.text(UInt64(domain), digits: 4))")
      return
    }
    guard size.value.bytes > offered else { return }
    findings.report(
      "window of \(size.value.sentence) exceeds the \(ByteCount(offered).sentence) the host has on sPAPR TCE v1",
      at: size.range,
      help: ["write 'dma32: \(ByteCount(offered))'"],
      fixIts: [
        FixIt("make it as large as the host's", edits: [.init(size.range, with: "\(ByteCount(offered))")])
      ]
    )
  }
}
