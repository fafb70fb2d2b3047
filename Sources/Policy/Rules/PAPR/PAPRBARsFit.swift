import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// The BARs of a host bridge's devices fit its windows.
package enum PAPRBARsFit: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-bars-fit",
    summary: "the BARs of all devices of a PAPR host bridge fit into its windows",
    rationale: """
      Each BAR takes its size, aligned to its size, from the 64-bit window or, where it is 32-bit or not prefetchable,
      from the 32-bit one; I/O BARs from the I/O window of 64 KiB. What does not fit is left out by the guest, and the
      driver of that device fails.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "include/hw/pci-host/spapr.h"),
      .reasoned("sums of power-of-two sizes"),
    ],
    severity: .error,
    needs: ["devices[].bars"],
    machines: [.pseries],
    otherwise: "BAR 0 [mem size 0x10000000000 64bit pref]: can't assign; no space",
    host: .powernvBARs,
    accepts: [
      "bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}}",
      "bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}, store: {index: 2, devices: [\"0003:01:00.0\"]}}",
      "bridges: {net: {index: 1, window: {mmio32: 1GiB, mmio64: 1TiB}, devices: [\"0002:01:00.0\"]}}",
    ],
    rejects: [
      "bridges: {«net»: {index: 1, window: {mmio64: 512GiB}, devices: [\"0003:01:00.0\"]}}",
      "bridges: {«net»: {index: 1, window: {mmio32: 512MiB}, devices: [\"0002:01:00.0\"]}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let host = configuration.host, !bridge.devices.isEmpty else { return }
    // Sizes are powers of two, so that the largest first fill a window without a gap: the sum decides.
    var wide: UInt64 = 0
    var narrow: UInt64 = 0
    var io: UInt64 = 0
    for index in bridge.devices {
      guard let facts = guest.devices[index].hostDevice.map({ host.devices[$0] }) else { continue }
      guard let bars = facts.bars else {
        findings.needs("BARs of \(facts.address)")
        continue
      }
      for bar in bars {
        if bar.isIO {
          io &+= bar.size
        } else if bar.is64Bit && bar.isPrefetchable {
          wide &+= bar.size
        } else {
          narrow &+= bar.size
        }
      }
    }
    let window64 = bridge.configuration.window.mmio64?.value.bytes ?? 1 << 40
    let window32 = bridge.configuration.window.mmio32?.value.bytes ?? 2 << 30
    if wide > window64 {
      report("64-bit", wide, window64, bridge, &findings)
    } else if narrow > window32 {
      report("32-bit", narrow, window32, bridge, &findings)
    } else if io > 64 << 10 {
      report("I/O", io, 64 << 10, bridge, &findings)
    }
  }

  private static func report(
    _ width: String,
    _ need: UInt64,
    _ window: UInt64,
    _ bridge: ResolvedBridge,
    _ findings: inout Findings
  ) {
    findings.report(
      "\(width) BARs of \(ByteCount(need).sentence) exceed the window of \(ByteCount(window).sentence) of '\(bridge.name)'",
      at: bridge.range,
      help: ["spread the devices over several host bridges"]
    )
  }
}
