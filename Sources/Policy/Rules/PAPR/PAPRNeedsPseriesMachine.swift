import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// PAPR host bridges belong to pseries machines.
package enum PAPRNeedsPseriesMachine: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-needs-pseries-machine",
    summary: "PAPR host bridges are on a pseries machine",
    rationale: "A PAPR host bridge is part of the contract between a pseries guest and its hypervisor.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize")],
    severity: .error,
    requires: ["machine-known"],
    otherwise: """
      spapr-pci-host-bridge needs a pseries machine
      Parameter 'driver' expects a dynamic sysbus device type for the machine
      """,
    fix: "make a bridge of a pseries machine a PAPR host bridge",
    accepts: [
      "machine: pseries\nbridges: {net: {kind: spapr, index: 1}}", "machine: q35\nbridges: {net: {}}",
    ],
    rejects: [
      "machine: q35\nbridges: {net: {kind: «spapr»}}",
      "machine: virt\nbridges: {main: {}, net: {kind: «spapr»}}",
      "machine: q35\nbridges: {net: {index: «1»}}",
      "machine: pseries\nbridges: {net: {kind: «pxb-pcie», index: 1}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard guest.machine.family != .pseries else {
      return reportOtherKind(bridge, &findings)
    }
    if bridge.kind.value == .spapr, let range = bridge.kind.range {
      findings.report(
        "a PAPR host bridge on machine '\(guest.machine.text)', expected pseries",
        at: range,
        help: ["use machine pseries, or another kind of bridge"]
      )
    } else if let index = bridge.configuration.index {
      findings.report(
        "'index' numbers PAPR host bridges, and machine '\(guest.machine.text)' has none",
        at: index.range,
        help: ["delete 'index'"]
      )
    }
  }

  /// The reverse: on pseries there is no other kind.
  private static func reportOtherKind(_ bridge: ResolvedBridge, _ findings: inout Findings) {
    guard bridge.kind.value != .spapr, let range = bridge.kind.range else { return }
    findings.report(
      "a host bridge of kind '\(bridge.kind.value.rawValue)' on a pseries machine, expected 'spapr'",
      at: range,
      help: ["delete 'kind'"],
      fixIts: [FixIt("make it a PAPR host bridge", edits: [.init(range, with: "spapr")])]
    )
  }
}
