import Diagnostics
package import Resolution
import VFIOTypes

/// A powernv guest is emulated hardware and no target for assignment.
package enum PAPRNoVFIOOnPowernvGuest: GuestRule {
  package static let description = RuleDescription(
    id: "papr-no-vfio-on-powernv-guest",
    summary: "no device is assigned to a guest of machine powernv",
    rationale:
      "The machine emulates bare POWER hardware for firmware work; assignment to it was never shown to work.",
    sources: [.code(project: "QEMU 10.0", place: "hw/pci-host/pnv_phb.c")],
    severity: .warning,
    machines: [.powernv],
    otherwise: "not known: nobody has shown it to work",
    host: .powernv,
    accepts: [
      "machine: powernv9", "machine: pseries\nbridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}}",
    ],
    rejects: [
      "machine: powernv9\nbridges: {net: {devices: [«\"0002:01:00.0\"»]}}",
      "machine: powernv10\nbridges: {net: {devices: [«\"0003:01:00.0\"», \"0002:01:00.0\"]}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let device = guest.devices.first else { return }
    findings.report(
      "a device is assigned to a guest of machine '\(guest.machine.text)'",
      at: device.range,
      help: ["use machine pseries"]
    )
  }
}
