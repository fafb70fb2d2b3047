import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// The size of the I/O window changes nothing.
package enum PAPRIOWinDead: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-io-win-dead",
    summary: "the size of the I/O window is not written",
    rationale: "QEMU 10.0 reads the property and uses it nowhere.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: users of io_win_size")],
    severity: .warning,
    machines: [.pseries],
    otherwise: "nothing: the window stays 64 KiB",
    host: .powernv,
    accepts: ["bridges: {net: {window: {mmio32: 2GiB}}}", "bridges: {net: {index: 1}}"],
    rejects: ["bridges: {net: {window: {io: «32KiB»}}}", "bridges: {net: {window: {io: «64KiB»}}}"]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let size = bridge.configuration.window.io else { return }
    findings.report("the size of the I/O window has no effect", at: size.range, help: ["delete 'io'"])
  }
}
