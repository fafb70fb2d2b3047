import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// Registered RAM is whole pages of the host.
package enum PAPRPreregAlignment: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-prereg-alignment",
    summary: "registered RAM starts and ends on a page of the host",
    rationale: """
      The kernel refuses a range that is not whole pages, 64 KiB on most POWER hosts; QEMU goes on without registering
      it, and DMA into it fails later.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_register_pages"),
      .code(project: "QEMU 10.0", place: "hw/vfio/spapr.c: vfio_prereg_listener_region_add"),
    ],
    severity: .error,
    otherwise: "vfio_prereg_listener_region_add received unaligned region",
    canBeWaived: false,
    accepts: ["{step: register-memory, container: net, memory: ram}"],
    rejects: ["«{step: register-memory, container: net, memory: odd}»"]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    let fact = plan.facts.first { $0.subject == "host" && $0.name == "page-size" }
    let page = fact.flatMap { UInt64($0.value) } ?? 65536
    guard page > 0 else { return }
    for place in guest.places {
      guard case .registerMemory(_, let name) = place.step,
        let range = guest.memory.ranges.first(where: { $0.name == name }),
        range.start % page != 0 || range.size % page != 0
      else { continue }
      findings.report(
        "RAM '\(name)' of \(ByteCount(range.size).sentence) is not whole pages of \(ByteCount(page).sentence)",
        at: place,
        of: guest
      )
    }
  }
}
