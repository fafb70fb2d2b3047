import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// Every assigned function is in an IOMMU group.
package enum GroupMissing: DeviceRule {
  package static let description = RuleDescription(
    id: "group-missing",
    summary: "an assigned function is in an IOMMU group",
    rationale: """
      Without a group the kernel cannot isolate the function, and vfio-pci does not bind it: it sits behind no IOMMU,
      or behind a controller that hides it.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/group.c: vfio_device_set_group"),
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_main.c: __vfio_register_dev"),
    ],
    severity: .error,
    requires: ["iommu-off", "device-exists"],
    needs: ["groups"],
    otherwise: "no iommu_group found",
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [\"0000:01:00.0\", \"0000:01:00.1\"]}}",
      "bridges: {main: {devices: [\"0000:05:02.0\"]}}",
    ],
    rejects: [
      "bridges: {main: {devices: [{device: «\"0000:06:00.0\"»}]}}",
      "bridges: {main: {devices: [\"0000:02:00.0\", «\"0000:06:00.0\"»]}}",
    ]
  )

  package static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let index = device.hostDevice, let host = configuration.host else { return }
    guard host.groups != nil else {
      findings.needs("IOMMU groups")
      return
    }
    guard device.hostGroup == nil, device.model.value != .noIOMMU else { return }
    findings.report(
      "\(host.devices[index].address) is in no IOMMU group",
      at: device.range,
      why: "it is behind no IOMMU, or behind a controller that hides it (Intel VMD)",
      help: ["move it to another slot, or turn the hiding controller off in the firmware"]
    )
  }
}
