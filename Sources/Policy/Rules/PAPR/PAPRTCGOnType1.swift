import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// A pseries guest under TCG on a Type1 host soon meets the limit on mappings.
package enum PAPRTCGOnType1: GuestRule {
  package static let description = RuleDescription(
    id: "papr-tcg-on-type1",
    summary: "a pseries guest with assigned devices runs on a POWER host",
    rationale: """
      Under TCG it may run anywhere, and its windows are then replayed into a Type1 container: each entry of 4 KiB or
      64 KiB is one of the 65535 mappings such a container takes.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_get_iommu_type"),
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_type1.c: vfio_dma_do_map"),
    ],
    severity: .warning,
    needs: ["cpu.architecture"],
    machines: [.pseries],
    otherwise: "vfio_container_dma_map(..) = -28 (No space left on device)",
    host: .x86,
    accepts: [
      Example("bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}}", host: .powernv),
      "machine: pseries\nhypervisor: {accelerator: tcg}\nbridges: {net: {index: 1}}",
    ],
    rejects: [
      "machine: pseries\nhypervisor: {accelerator: tcg}\nbridges: {net: {index: 1, devices: [«\"0000:02:00.0\"»]}}",
      "machine: pseries\nhypervisor: {accelerator: tcg}\nbridges: {net: {index: 1, devices: [«\"0000:03:00.0\"»]}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let host = configuration.host, let device = guest.devices.first else { return }
    guard let isPOWER = host.isPOWER else {
      findings.needs("architecture of the host")
      return
    }
    guard !isPOWER else { return }
    findings.report(
      "a pseries guest with an assigned device on a host that is no POWER machine",
      at: device.range,
      why: "each of the guest's mappings takes one of the 65535 a Type1 container has",
      help: ["run it on a POWER host, or raise vfio_iommu_type1.dma_entry_limit"]
    )
  }
}
