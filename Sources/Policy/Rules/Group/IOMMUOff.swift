import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// The host has an active IOMMU.
package enum IOMMUOff: GuestRule {
  package static let description = RuleDescription(
    id: "iommu-off",
    summary: "the host has an active IOMMU",
    rationale: "Without one a device reaches all memory of the host, and no hypervisor assigns it.",
    sources: [.code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_device_groupid")],
    severity: .error,
    needs: ["groups"],
    otherwise: """
      no iommu_group found
      vfio-pci 0000:01:00.0: probe with driver vfio-pci failed with error -22
      """,
    host: .x86,
    accepts: ["bridges: {main: {devices: [\"0000:01:00.0\", \"0000:01:00.1\"]}}", "memory: 1GiB"],
    rejects: [
      Example("bridges: {main: {devices: [«\"0000:01:00.0\"»]}}", host: .x86NoIOMMU),
      Example("bridges: {main: {devices: [«\"0000:02:00.0\"», \"0000:03:00.0\"]}}", host: .x86NoIOMMU),
      Example("bridges: {main: {devices: [«\"0000:02:00.0\"»]}}", host: .x86NoIOMMUMode),
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let host = configuration.host,
      let device = guest.devices.first(where: { $0.hostAddress != nil && $0.model.value != .noIOMMU })
    else { return }
    guard let groups = host.groups else {
      findings.needs("IOMMU groups")
      return
    }
    // VFIO makes groups of its own where it may do without: Linux 6.12, drivers/vfio/group.c: vfio_noiommu_group_alloc.
    guard groups.allSatisfy({ $0.name == "vfio-noiommu" }) else { return }
    findings.report(
      "the host has no active IOMMU",
      at: device.range,
      why: groups.isEmpty
        ? "it shows no IOMMU group at all" : "its only groups are those that VFIO makes without an IOMMU",
      help: [cure(host)]
    )
  }

  /// What is not set already; a kernel line alone proves nothing, so it is advised and not asserted.
  private static func cure(_ host: HostSnapshot) -> String {
    let words = host.kernel.commandLine ?? []
    if let off = words.last(where: { ["iommu=off", "intel_iommu=off", "amd_iommu=off"].contains($0) }) {
      return "delete '\(off)' from the kernel's command line"
    }
    switch host.cpu.vendor {
    case "GenuineIntel":
      let isAsked = words.contains { $0 == "intel_iommu=on" || $0.hasPrefix("intel_iommu=on,") }
      return isAsked
        ? "enable VT-d in the firmware; the kernel's command line asks for it already"
        : "enable VT-d in the firmware, and boot with intel_iommu=on where the kernel does not by itself"
    case "AuthenticAMD", "HygonGenuine": return "enable the IOMMU (AMD-Vi) in the firmware"
    default: return "enable the IOMMU in the firmware, and look for its driver in the kernel's log"
    }
  }
}
