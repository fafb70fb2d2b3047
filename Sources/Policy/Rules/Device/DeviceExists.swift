import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// A host address names a function the host has.
package enum DeviceExists: DeviceRule {
  package static let description = RuleDescription(
    id: "device-exists",
    summary: "an assigned PCI function exists on the host",
    rationale: """
      Addresses move when cards are added or firmware numbers buses anew. An address of nothing stops the hypervisor;
      one of something else is worse, which is what 'expect' is for.
      """,
    sources: [.code(project: "QEMU 10.0", place: "hw/vfio/pci.c: vfio_realize")],
    severity: .error,
    needs: ["devices"],
    otherwise: "vfio 0000:09:00.0: no such host device: No such file or directory",
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [\"0000:02:00.0\"]}}", "bridges: {main: {devices: [\"0000:05:02.1\"]}}",
    ],
    rejects: [
      "bridges: {main: {devices: [«\"0000:09:00.0\"»]}}", "bridges: {main: {devices: [«\"0001:01:00.0\"»]}}",
      "bridges: {main: {devices: [{device: «\"0000:01:00.2\"»}]}}",
    ]
  )

  package static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let address = device.hostAddress, let host = configuration.host, device.hostDevice == nil else {
      return
    }
    guard !host.devices.isEmpty else {
      findings.needs("devices")
      return
    }
    // The nearest address: the same bus with another device, or the same place in another domain.
    let near = host.devices.first { other in
      let place = other.address
      return place.bus == address.bus && place.devfn == address.devfn
        || place.domain == address.domain && place.bus == address.bus && place.device == address.device
    }
    findings.report(
      "the host has no PCI function \(address)",
      at: device.range,
      help: near.map { ["there is one at \($0.address)"] } ?? [
        "list the host's functions with 'vfioplan host list'"
      ]
    )
  }
}
