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
    otherwise: """
      vfio 0000:09:00.0: no such host device: No such file or directory
      No provided host device
      """,
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
    let near = nearest(to: address, on: host)
    findings.report(
      "the host has no PCI function \(address)",
      at: device.range,
      help: near.map { ["there is one at \($0.address)"] } ?? [
        "list the host's functions with 'vfioplan host list'"
      ]
    )
  }
  /// What was probably meant: domain and bus swapped, the same place in another domain, another function or device of
  /// the bus, in this order.
  private static func nearest(to address: PCIAddress, on host: HostSnapshot) -> HostDevice? {
    let tests: [(PCIAddress) -> Bool] = [
      { $0.domain == UInt32(address.bus) && UInt32($0.bus) == address.domain && $0.devfn == address.devfn },
      { $0.bus == address.bus && $0.devfn == address.devfn },
      { $0.domain == address.domain && $0.bus == address.bus && $0.device == address.device },
      { $0.domain == address.domain && $0.bus == address.bus },
    ]
    for isNear in tests {
      if let found = host.devices.first(where: { isNear($0.address) }) { return found }
    }
    return nil
  }
}
