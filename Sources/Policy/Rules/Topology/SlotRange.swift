import Diagnostics
package import Resolution
import VFIOTypes

/// A slot is one its bus has.
package enum SlotRange: DeviceRule {
  package static let description = RuleDescription(
    id: "slot-range",
    summary: "a device's slot is one its bus has",
    rationale: """
      A bus has slots 0 to 31, the first of a conventional bridge is its hot-plug controller's, that of a root bus the
      host bridge's. Below a root or downstream port there is slot 0 alone: QEMU only warns of another, and the guest
      never sees the device.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "hw/pci/pci.c: pci_qdev_realize"),
      .code(project: "libvirt 11.3", place: "src/conf/domain_addr.c: virDomainPCIAddressBusSetModel"),
    ],
    severity: .error,
    requires: ["port-known"],
    otherwise: "slot 1 is not valid for vfio-pci, parent device only allows plugging into slot 0.",
    accepts: [
      "bridges: {main: {ports: {rp: {}}, devices: [{device: \"0000:02:00.0\", port: rp, slot: 0}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 31}]}}",
      "machine: pseries\nbridges: {main: {index: 0, devices: [{device: \"0000:02:00.0\", slot: 0}]}}",
    ],
    rejects: [
      "bridges: {main: {ports: {rp: {}}, devices: [{device: \"0000:02:00.0\", port: rp, slot: «1»}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: «32»}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: «0»}]}}",
    ]
  )

  package static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let range = device.address.slot.range else { return }
    let slot = device.address.slot.value
    let allowed: ClosedRange<Int>
    if let port = device.port.map({ guest.ports[$0] }) {
      allowed = port.kind.isConventional ? 1...31 : 0...0
    } else {
      let kind = guest.bridges[device.bridge].kind.value
      allowed = kind == .root || kind == .pxb ? 1...31 : 0...31
    }
    guard !allowed.contains(slot) else { return }
    let expected = allowed.count == 1 ? "slot 0 alone" : "\(allowed.lowerBound) to \(allowed.upperBound)"
    findings.report(
      "slot \(slot) of bus '\(device.address.bus)', which has \(expected)",
      at: range,
      help: ["leave 'slot' out"]
    )
  }
}
