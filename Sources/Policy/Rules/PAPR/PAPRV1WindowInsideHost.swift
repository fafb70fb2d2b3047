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
    needs: ["tce[].dma32-start", "tce[].dma32-size"],
    machines: [.pseries],
    otherwise: "Container 0x... can't map guest IOVA region 0x0..0x7fffffff",
    fix: "make the window the host's",
    host: .pseries,
    accepts: [
      "bridges: {net: {index: 1, window: {dma32: 1GiB}, devices: [\"0003:01:00.0\"]}}",
      "bridges: {net: {index: 1, window: {dma32: 2GiB}, devices: [\"0003:01:00.0\"]}}",
    ],
    rejects: [
      "bridges: {net: {index: 1, iommu-model: spapr-tce, window: {dma32: «2GiB»}, devices: [\"0003:01:00.0\"]}}",
      "iommu-model: spapr-tce\nbridges: {net: {index: 1, window: {dma32: «2GiB»}, devices: [\"0002:01:00.0\"]}}",
      "bridges: {net: {index: 1, iommu-model: spapr-tce, window: {dma32: 1GiB, dma32-start: «0x1000»}, devices: [\"0003:01:00.0\"]}}",
      Example(
        "bridges: {net: {index: 1, iommu-model: spapr-tce, window: {dma32: «3GiB»}, devices: [\"0003:01:00.0\"]}}",
        host: .powernv
      ),
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.model.value == .spaprTCE, let host = configuration.host else { return }
    let written = bridge.configuration.window
    let size = written.dma32?.value.bytes ?? 1 << 30
    let start = written.dma32Start?.value ?? 0
    for index in bridge.devices {
      guard let address = guest.devices[index].hostAddress else { continue }
      guard let tce = host.tce(of: address), let offered = tce.dma32Size, let first = tce.dma32Start else {
        findings.needs(
          "default DMA window of PCI domain \(Hexadecimal.text(UInt64(address.domain), digits: 4))"
        )
        continue
      }
      guard start < first || start &- first > offered || size > offered - (start - first) else { continue }
      // Where the size alone would fit, the start is what is wrong.
      let isSize = size > offered
      report(size, start, (first, offered), isSize, bridge, &findings)
      return
    }
  }

  private static func report(
    _ size: UInt64,
    _ start: UInt64,
    _ host: (start: UInt64, size: UInt64),
    _ isSize: Bool,
    _ bridge: ResolvedBridge,
    _ findings: inout Findings
  ) {
    let written = bridge.configuration.window
    let offered = ByteCount(host.size)
    guard isSize else {
      findings.report(
        "window of \(ByteCount(size).sentence) at \(hex(start)) leaves the \(offered.sentence) the host has at \(hex(host.start))",
        at: written.dma32Start?.range ?? bridge.range,
        help: ["write 'dma32-start: \(hex(host.start))'"],
        fixIts: written.dma32Start.map {
          [FixIt("put the window where the host's is", edits: [.init($0.range, with: hex(host.start))])]
        } ?? []
      )
      return
    }
    findings.report(
      "window of \(ByteCount(size).sentence) exceeds the \(offered.sentence) the host has on sPAPR TCE v1",
      at: written.dma32?.range ?? bridge.range,
      help: ["write 'dma32: \(offered)'"],
      fixIts: start == host.start
        ? written.dma32.map {
          [FixIt("make it as large as the host's", edits: [.init($0.range, with: "\(offered)")])]
        } ?? [] : []
    )
  }

  private static func hex(_ value: UInt64) -> String { "0x" + Hexadecimal.text(value, digits: 1) }
}
