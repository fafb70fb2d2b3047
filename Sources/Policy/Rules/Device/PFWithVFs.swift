import Diagnostics
import HostInventory
package import Resolution

/// A physical function with virtual functions stays with the host.
package enum PFWithVFs: DeviceRule {
  package static let description = RuleDescription(
    id: "pf-with-vfs",
    summary: "an assigned physical function has no virtual functions enabled",
    rationale: "vfio-pci refuses to bind a physical function whose virtual functions are there.",
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device")
    ],
    severity: .error,
    requires: ["device-exists"],
    needs: ["devices[].sriov"],
    otherwise: "Cannot bind to PF with SR-IOV enabled",
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [\"0000:05:02.0\"]}}", "bridges: {main: {devices: [\"0000:02:00.0\"]}}",
    ],
    rejects: [
      "bridges: {main: {devices: [«\"0000:05:00.0\"»]}}",
      "bridges: {main: {devices: [\"0000:05:02.0\", «\"0000:05:00.0\"»]}}",
    ]
  )

  package static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let index = device.hostDevice, let host = configuration.host else { return }
    let address = host.devices[index].address
    guard let sriov = host.devices[index].sriov else {
      // A function without the capability has no such fact; only where nothing was read of it is that an open question.
      if host.devices[index].identity == nil { findings.needs("virtual functions of \(address)") }
      return
    }
    guard sriov.current > 0 else { return }
    findings.report(
      "\(address) has \(sriov.current) virtual functions enabled",
      at: device.range,
      help: ["assign virtual functions, or set their number to 0 under 'host.sriov' first"]
    )
  }
}
