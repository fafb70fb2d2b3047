import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// Two PAPR host bridges never share a container.
package enum PAPRContainerPerBridge: ContainerRule {
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
    ]
  )

  package static func check(
    _ container: ResolvedContainer,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let owner = container.bridges.first.map({ guest.bridges[$0] }) else { return }
    for position in container.bridges.dropFirst() {
      let other = guest.bridges[position]
      guard let written = other.configuration.container else { continue }
      let first = owner.configuration.container?.range
      findings.report(
        "two guest host bridges share container '\(written.value)'",
        at: written.range,
        label: "needs a container of its own",
        notes: first.map { [.init("first used here, by bridge '\(owner.name)'", at: $0)] } ?? [],
        why: """
          each PAPR host bridge has DMA mappings of its own; the kernel would accept the second group, and devices of \
          each bridge would reach the memory the other maps
          """,
        help: ["delete 'container: \(written.value)'; one is created for each bridge"],
        fixIts: [
          FixIt("give '\(other.name)' its own container", edits: [.init(written.range, with: other.name)])
        ]
      )
    }
  }
}
