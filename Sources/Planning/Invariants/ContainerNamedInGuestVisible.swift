import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// Where the guest maps, a group joins the container the plan names, or the plan fails.
package enum ContainerNamedInGuestVisible: PlanInvariant {
  package static let description = RuleDescription(
    id: "container-named-in-guest-visible",
    summary: "only in map-all use may a group join whichever container accepts it",
    rationale: """
      All containers of map-all use hold the same mappings, so any of them is right. Where a guest programs its IOMMU
      each container holds the mappings of one address space: a group that joins another one translates by another
      device's tables, and its DMA corrupts the guest's memory.
      """,
    sources: [
      .mail("qemu-ppc, 23 April 2013, David Gibson"),
      .code(
        project: "QEMU 10.0",
        place: "hw/vfio/container.c: vfio_connect_container, a list for each address space"
      ),
    ],
    severity: .error,
    canBeWaived: false,
    accepts: [
      "{step: attach-group-to-accepting, group: \"0001:01:00.0\", containers: [all], another: all-2}"
    ],
    rejects: [
      "«{step: attach-group-to-accepting, group: \"0001:01:00.0\", containers: [seen], another: seen-2}»",
      "«{step: attach-group-to-accepting, group: \"0001:01:00.0\", containers: [all, net], another: all-2}»",
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    let uses = Dictionary(guest.containers.map { ($0.name, $0.use) }) { first, _ in first }
    for place in guest.places {
      guard case .attachGroupToAccepting(let group, let containers, _) = place.step else { continue }
      guard let other = containers.first(where: { uses[$0].map { $0 != .mapAll } ?? false }) else { continue }
      findings.report(
        "the group of \(group) may end in container '\(other)', which is not used map-all",
        at: place,
        of: guest
      )
    }
  }
}
