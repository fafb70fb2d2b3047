import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// The 32-bit MMIO window is at most 2 GiB.
package enum PAPRMemWindowMax: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-mem-window-max",
    summary: "the 32-bit MMIO window of a PAPR host bridge is at most 2 GiB",
    rationale: "It ends at 4 GiB on the bus and starts at 2 GiB.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize")],
    severity: .error,
    machines: [.pseries],
    otherwise: "32-bit memory window of size 0x100000000 (max 2 GiB)",
    fix: "make the window 2 GiB",
    host: .powernv,
    accepts: ["bridges: {net: {window: {mmio32: 2GiB}}}", "bridges: {net: {window: {mmio32: 512MiB}}}"],
    rejects: ["bridges: {net: {window: {mmio32: «4GiB»}}}", "bridges: {net: {window: {mmio32: «2049MiB»}}}"]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let size = bridge.configuration.window.mmio32, size.value.bytes > 2 << 30 else { return }
    findings.report(
      "32-bit MMIO window of \(size.value.sentence) exceeds 2 GiB",
      at: size.range,
      help: ["write 'mmio32: 2GiB'"],
      fixIts: [FixIt("make it 2 GiB", edits: [.init(size.range, with: "2GiB")])]
    )
  }
}
