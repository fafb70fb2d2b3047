import Diagnostics
package import Resolution
import VFIOTypes

/// A PAPR host bridge is always used guest-visible.
package enum PAPRGuestVisibleOnly: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-guest-visible-only",
    summary: "a PAPR host bridge is used guest-visible",
    rationale: """
      A pseries guest always sees an IOMMU and there is no switch that turns it off: what a device may reach is what
      the guest put into that host bridge's tables, so all of RAM cannot be mapped beside it.
      """,
    sources: [
      .mail("qemu-ppc, 23 April 2013, David Gibson"),
      .code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize"),
    ],
    severity: .error,
    machines: [.pseries],
    otherwise:
      "nothing: it cannot be asked of QEMU; mapped by hand, the guest's tables and all of RAM would collide",
    fix: "write 'guest-visible'",
    host: .powernv,
    accepts: ["bridges: {net: {index: 1}}", "bridges: {net: {index: 1, iommu-use: guest-visible}}"],
    rejects: [
      "bridges: {net: {index: 1, iommu-use: «map-all»}}", "bridges: {main: {index: 0, iommu-use: «nested»}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard bridge.use.value != .guestVisible, let range = bridge.use.range else { return }
    findings.report(
      "'\(bridge.use.value.rawValue)' is asked of PAPR host bridge '\(bridge.name)', which is guest-visible",
      at: range,
      help: ["delete 'iommu-use'"],
      fixIts: [FixIt("make it guest-visible", edits: [.init(range, with: "guest-visible")])]
    )
  }
}
