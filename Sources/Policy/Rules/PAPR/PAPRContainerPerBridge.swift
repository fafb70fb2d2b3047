import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// Two PAPR host bridges never share a container.
package enum PAPRContainerPerBridge: GuestRule {
  package static let description = RuleDescription(
    id: "papr-container-per-bridge",
    summary: "a PAPR host bridge owns its container",
    rationale: """
      A pseries guest programs an IOMMU of its own for each host bridge. A container is one set of DMA mappings, so two
      bridges in one container would reach what the guest mapped for the other.
      """,
    sources: [
      .mail("qemu-ppc, 23 April 2013, David Gibson, point a"),
      .code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_connect_container"),
    ],
    severity: .error,
    machines: [.pseries],
    otherwise: "nothing: the kernel accepts it, and creating the second bridge's window fails with ENOSPC",
    fix: "name the container after its host bridge",
    host: .powernv,
    accepts: [
      """
      bridges:
        net: {index: 1, container: a, devices: [{device: "0001:01:00.0", siblings: give}]}
        store: {index: 2, container: b, devices: ["0003:01:00.0"]}
      """,
      """
      bridges:
        net: {index: 1, devices: [{device: "0001:01:00.0", siblings: give}]}
        store: {index: 2, devices: ["0003:01:00.0"]}
      """,
      "bridges: {main: {index: 0, container: a}, net: {index: 1}}",
    ],
    rejects: [
      """
      bridges:
        net: {index: 1, container: a, devices: [{device: "0001:01:00.0", siblings: give}]}
        store: {index: 2, container: «a», devices: ["0003:01:00.0"]}
      """,
      """
      bridges:
        one: {index: 1, container: a, devices: ["0002:01:00.0"]}
        two: {index: 2, devices: [{device: "0001:01:00.0", siblings: give}]}
        three: {index: 3, container: «a», devices: ["0003:01:00.0"]}
      """,
      """
      iommu-model: auto
      bridges:
        one: {index: 1, container: a, iommu-model: spapr-tce-v2, devices: ["0002:01:00.0"]}
        two: {index: 2, container: «a»}
        three: {index: 3, container: «a», iommu-model: spapr-tce, devices: ["0003:01:00.0"]}
      """,
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    // What is written decides, also where nothing sits below a bridge yet or the host takes one group a container.
    var owners: [(name: String, bridge: ResolvedBridge)] = []
    for bridge in guest.bridges {
      guard let written = bridge.configuration.container else { continue }
      guard let owner = owners.first(where: { $0.name == written.value })?.bridge else {
        owners.append((written.value, bridge))
        continue
      }
      let isTaken = guest.bridges.contains { $0.configuration.container?.value == bridge.name }
      let fix = FixIt(
        "give '\(bridge.name)' its own container",
        edits: [.init(written.range, with: bridge.name)]
      )
      findings.report(
        "two guest host bridges share container '\(written.value)'",
        at: written.range,
        label: "needs a container of its own",
        notes: owner.configuration.container.map {
          [.init("first used here, by bridge '\(owner.name)'", at: $0.range)]
        } ?? [],
        why: """
          each PAPR host bridge has DMA mappings of its own; the kernel would accept the second group, and devices of \
          each bridge would reach the memory the other maps
          """,
        help: ["delete 'container: \(written.value)'; one is created for each bridge"],
        fixIts: isTaken ? [] : [fix]
      )
    }
  }
}
