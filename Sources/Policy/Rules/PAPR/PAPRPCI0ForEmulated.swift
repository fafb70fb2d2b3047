import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// Assigned devices keep off the built-in host bridge where emulated ones are.
package enum PAPRPCI0ForEmulated: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-pci-0-for-emulated",
    summary: "emulated and assigned devices are on different PAPR host bridges",
    rationale:
      "EEH state and DMA windows are the host bridge's, so an error of one kind stops the other kind too.",
    sources: [.code(project: "libvirt 11.3", place: "src/qemu/qemu_domain_address.c, isolation groups")],
    severity: .warning,
    machines: [.pseries],
    otherwise: "nothing, until an error of the assigned device freezes the emulated ones too",
    host: .powernv,
    accepts: [
      "bridges: {main: {index: 0, neighbours: [{name: disk0, slot: 1}]}, net: {devices: [\"0002:01:00.0\"]}}",
      "bridges: {main: {index: 0, devices: [\"0002:01:00.0\"]}}",
    ],
    rejects: [
      "bridges: {main: {index: 0, neighbours: [{name: disk0, slot: 1}], devices: [«\"0002:01:00.0\"»]}}",
      "bridges: {main: {index: 0, neighbours: [{name: disk0}], devices: [{device: «\"0003:01:00.0\"»}]}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.isBuiltIn, let neighbour = bridge.configuration.neighbours.first,
      let device = bridge.devices.first.map({ guest.devices[$0] })
    else { return }
    findings.report(
      "an assigned device shares the built-in host bridge with '\(neighbour.name.value)'",
      at: device.range,
      notes: [.init("the emulated device", at: neighbour.name.range)],
      help: ["put it below a host bridge of its own"]
    )
  }
}
