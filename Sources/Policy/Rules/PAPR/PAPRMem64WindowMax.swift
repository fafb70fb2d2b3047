import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// The 64-bit MMIO window is at most 1 TiB.
package enum PAPRMem64WindowMax: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-mem64-window-max",
    summary: "the 64-bit MMIO window of a PAPR host bridge is at most 1 TiB",
    rationale:
      "Each index has a slot of 1 TiB. QEMU takes more without a word, and two bridges answer for one address.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr.c: spapr_phb_placement")],
    severity: .error,
    machines: [.pseries],
    otherwise: "nothing: QEMU takes it, and two host bridges answer for one address",
    fix: "make the window 1 TiB",
    host: .powernv,
    accepts: ["bridges: {net: {window: {mmio64: 1TiB}}}", "bridges: {net: {window: {mmio64: 512GiB}}}"],
    rejects: ["bridges: {net: {window: {mmio64: «2TiB»}}}", "bridges: {net: {window: {mmio64: «1025GiB»}}}"]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let size = bridge.configuration.window.mmio64, size.value.bytes > 1 << 40 else { return }
    findings.report(
      "64-bit MMIO window of \(size.value.sentence) exceeds 1 TiB",
      at: size.range,
      why: "it would overlap the window of the next index",
      help: ["write 'mmio64: 1TiB'"],
      fixIts: [FixIt("make it 1 TiB", edits: [.init(size.range, with: "1TiB")])]
    )
  }
}
