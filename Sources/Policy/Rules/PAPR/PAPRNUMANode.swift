import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// A host bridge is near to a node the guest has.
package enum PAPRNUMANode: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-numa-node",
    summary: "the NUMA node of a PAPR host bridge is one of the guest's, and the built-in one has none",
    rationale:
      "The node is told to the guest in its device tree; the built-in host bridge cannot be given one.",
    sources: [
      .code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize"),
      .code(project: "libvirt 11.3", place: "src/qemu/qemu_validate.c"),
    ],
    severity: .error,
    machines: [.pseries],
    otherwise: """
      Invalid NUMA node ID for PCI host bridge
      The PCI controller with index=0 can't be associated with a NUMA node
      """,
    host: .powernv,
    accepts: [
      "numa: {0: {memory: 2GiB}, 1: {memory: 2GiB}}\nbridges: {net: {numa: 1}}", "bridges: {net: {numa: 0}}",
    ],
    rejects: ["bridges: {net: {numa: «1»}}", "bridges: {main: {index: 0, numa: «0»}}"]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let numa = bridge.configuration.numa else { return }
    guard !bridge.isBuiltIn else {
      findings.report(
        "the built-in host bridge cannot have a NUMA node",
        at: numa.range,
        help: ["delete 'numa', or move the devices to a bridge of another index"]
      )
      return
    }
    let nodes = guest.configuration.numa.isEmpty ? [0] : guest.configuration.numa.map(\.number.value)
    guard !nodes.contains(numa.value) else { return }
    findings.report(
      "NUMA node \(numa.value) of a guest with \(nodes.count == 1 ? "one node" : "\(nodes.count) nodes")",
      at: numa.range,
      help: ["expected one of: \(nodes.map(String.init).joined(separator: ", "))"]
    )
  }
}
