import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// One group a host bridge keeps EEH working.
package enum PAPRSpreadForEEH: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-spread-for-eeh",
    summary: "a PAPR host bridge has one group",
    rationale: """
      Error handling (EEH), unplugging and reset act on a whole host bridge. With two groups below one, the guest can
      no longer recover either of them.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci_vfio.c: vfio_eeh_as_container"),
      .code(project: "libvirt 11.3", place: "src/conf/domain_addr.c, isolation groups"),
    ],
    severity: .warning,
    requires: ["papr-multi-group-v1", "papr-multi-group-pseries"],
    needs: ["groups[].members"],
    machines: [.pseries],
    otherwise: "vfio/eeh: EEH_PE_OP 0x...: kernel requires a container with exactly one group",
    host: .powernv,
    accepts: [
      "bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}, store: {index: 2, devices: [\"0003:01:00.0\"]}}",
      "bridges: {net: {index: 1, devices: [\"0001:01:00.0\", \"0001:01:00.1\"]}}",
    ],
    rejects: [
      "bridges: {«net»: {index: 1, devices: [\"0002:01:00.0\", \"0003:01:00.0\"]}}",
      "bridges: {«net»: {index: 1, devices: [\"0003:01:00.0\", {device: \"0001:01:00.0\", siblings: give}]}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard guest.hasSeveralGroups(bridge) else { return }
    let count = guest.groups(of: bridge).count
    findings.report(
      "host bridge '\(bridge.name)' has \(count) groups, so EEH works for none of them",
      at: bridge.range,
      help: ["give each group a host bridge of its own"]
    )
  }
}

extension ResolvedGuest {
  /// Whether devices of more than one group sit below a bridge.
  func hasSeveralGroups(_ bridge: ResolvedBridge) -> Bool {
    var first: Int?
    for index in bridge.devices {
      guard let group = devices[index].group else { continue }
      if let first, first != group { return true }
      first = group
    }
    return false
  }

  /// The groups with a device below a bridge, each once.
  func groups(of bridge: ResolvedBridge) -> Set<Int> { Set(bridge.devices.compactMap { devices[$0].group }) }
}
