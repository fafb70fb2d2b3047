import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// The guest's node is the one whose memory is near to the device.
package enum PAPRNUMAMatchesHost: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-numa-matches-host",
    summary: "the NUMA node of a host bridge has its RAM on the device's host node",
    rationale: "Memory of another node works, and every access of the device crosses between the processors.",
    sources: [.reasoned("numa_node of the device and host-nodes of the guest's node say where each lies")],
    severity: .warning,
    requires: ["papr-numa-node"],
    needs: ["devices[].numa"],
    machines: [.pseries],
    otherwise: "nothing: it is slow",
    host: .powernv,
    accepts: [
      "numa: {0: {memory: 4GiB}}\nbridges: {net: {numa: 0, devices: [\"0002:01:00.0\"]}}",
      "bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}}",
      Example(
        "numa: {0: {memory: 4GiB, host-nodes: [0]}}\nbridges: {net: {numa: 0, devices: [\"0002:01:00.0\"]}}",
        host: .powernvNUMA
      ),
    ],
    rejects: [
      Example(
        "numa: {0: {memory: 4GiB, host-nodes: [8]}}\nbridges: {net: {numa: «0», devices: [\"0002:01:00.0\"]}}",
        host: .powernvNUMA
      ),
      Example(
        "numa: {0: {memory: 2GiB}, 1: {memory: 2GiB, host-nodes: [8]}}\nbridges: {net: {numa: «1», devices: [\"0003:01:00.0\"]}}",
        host: .powernvNUMA
      ),
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let host = configuration.host, let numa = bridge.configuration.numa,
      let node = guest.configuration.numa.first(where: { $0.number.value == numa.value }),
      !node.hostNodes.isEmpty
    else { return }
    let functions = bridge.devices.compactMap { guest.devices[$0].hostDevice }.map { host.devices[$0] }
    // A machine of one node tells none; only where nothing was read of a function is that an open question.
    for function in functions where function.numa == nil && function.identity == nil {
      findings.needs("NUMA node of \(function.address)")
    }
    let near = functions.compactMap(\.numa)
    guard let hostNode = near.first, !node.hostNodes.contains(where: { near.contains($0.value) }) else {
      return
    }
    let backing = node.hostNodes.map { "\($0.value)" }.joined(separator: ", ")
    findings.report(
      "its devices are near to host node \(hostNode), and the RAM of guest node \(numa.value) is on host node \(backing)",
      at: numa.range,
      notes: node.hostNodes.first.map { [.init("the host node is named here", at: $0.range)] } ?? [],
      help: ["use a guest node whose 'host-nodes' has \(hostNode)"]
    )
  }
}
