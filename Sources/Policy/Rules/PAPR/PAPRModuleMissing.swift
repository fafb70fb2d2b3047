import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// A POWER host has the sPAPR driver of VFIO loaded.
package enum PAPRModuleMissing: GuestRule {
  package static let description = RuleDescription(
    id: "papr-module-missing",
    summary: "a POWER host has vfio_iommu_spapr_tce loaded",
    rationale:
      "Without it no IOMMU model is there to be set, and every group is refused. It comes with the core of VFIO, so where that is loaded and this is not, the kernel lacks it or forbids it.",
    sources: [.code(project: "Linux 6.12", place: "drivers/vfio/vfio_main.c: MODULE_SOFTDEP")],
    severity: .error,
    needs: ["modules"],
    machines: [.pseries],
    otherwise: "No available IOMMU models",
    host: .powernv,
    accepts: [
      "bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}}",
      Example("bridges: {net: {index: 1}}", host: .powernvNoModule),
    ],
    rejects: [
      Example("bridges: {net: {index: 1, devices: [«\"0002:01:00.0\"»]}}", host: .powernvNoModule),
      Example("bridges: {net: {index: 1, devices: [«\"0003:01:00.0\"»]}}", host: .powernvNoModule),
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let host = configuration.host, let device = guest.devices.first, device.model.value.isSPAPR else {
      return
    }
    guard host.modules != nil else {
      findings.needs("kernel modules")
      return
    }
    // It is loaded with the core of VFIO, which names it a soft dependency; so before that it is not missing.
    guard host.module("vfio_iommu_spapr_tce")?.isLoaded == false, host.module("vfio")?.isLoaded != false
    else {
      return
    }
    findings.report(
      "the host has loaded vfio and not vfio_iommu_spapr_tce",
      at: device.range,
      help: ["load it: modprobe vfio_iommu_spapr_tce"]
    )
  }
}
