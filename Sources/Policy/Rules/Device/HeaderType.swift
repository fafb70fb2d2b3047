import Diagnostics
import HostInventory
package import Resolution

/// A bridge cannot be assigned.
package enum HeaderType: DeviceRule {
  package static let description = RuleDescription(
    id: "header-type",
    summary: "an assigned function is no bridge",
    rationale:
      "vfio-pci takes ordinary functions only; a bridge may be a member of a group and stays where it is.",
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device")
    ],
    severity: .error,
    requires: ["device-exists"],
    needs: ["devices[].header-type"],
    otherwise: """
      vfio-pci 0000:00:01.0: probe with driver vfio-pci failed with error -22
      assignment of PCIe type 0x40 devices is not currently supported
      Non-endpoint PCI devices cannot be assigned to guests
      """,
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [\"0000:03:00.0\"]}}", "bridges: {main: {devices: [\"0000:05:02.0\"]}}",
    ],
    rejects: [
      "bridges: {main: {devices: [«\"0000:00:01.0\"»]}}",
      "bridges: {main: {devices: [\"0000:03:00.0\", {device: «\"0000:00:01.0\"»}]}}",
    ]
  )

  package static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let index = device.hostDevice, let host = configuration.host else { return }
    let facts = host.devices[index]
    guard let isBridge = facts.isBridge else {
      findings.needs("header type of \(facts.address)")
      return
    }
    guard isBridge else { return }
    findings.report(
      "\(facts.address) is a PCI bridge",
      at: device.range,
      help: ["assign the functions behind it; as a member of a group it may stay on its driver"]
    )
  }
}
