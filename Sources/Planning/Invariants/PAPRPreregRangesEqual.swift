import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// All containers of a process register the same RAM.
package enum PAPRPreregRangesEqual: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-prereg-ranges-equal",
    summary: "containers register the same ranges of RAM, each range once a container",
    rationale: """
      A range that two containers register alike is pinned once and counted by reference. One that overlaps another in
      part is refused, and so is a range that a container has already.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "arch/powerpc/mm/book3s64/iommu_api.c: mm_iommu_do_alloc"),
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_register_pages"),
    ],
    severity: .error,
    otherwise: "VFIO_IOMMU_SPAPR_REGISTER_MEMORY: Device or resource busy, or Invalid argument",
    canBeWaived: false,
    accepts: [
      """
      {step: register-memory, container: net, memory: ram}
      {step: register-memory, container: store, memory: ram}
      """
    ],
    rejects: [
      """
      {step: register-memory, container: net, memory: ram}
      «{step: register-memory, container: net, memory: ram}»
      """,
      """
      {step: register-memory, container: net, memory: ram}
      {step: register-memory, container: net, memory: odd}
      «{step: register-memory, container: store, memory: ram}»
      """,
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    var first: (container: String, ranges: Set<String>)?
    for (container, places) in guest.sPAPRContainers({ $0.model == .spaprTCEv2 }) {
      var ranges: Set<String> = []
      var last: StepPlace?
      for place in places {
        guard case .registerMemory(_, let name) = place.step else { continue }
        if !ranges.insert(name).inserted {
          findings.report(
            "RAM '\(name)' is registered with '\(container.name)' already",
            at: place,
            of: guest
          )
        }
        last = place
      }
      guard let last else { continue }
      if let first, first.ranges != ranges {
        findings.report(
          "'\(container.name)' registers other RAM than '\(first.container)'",
          at: last,
          of: guest
        )
      }
      first = first ?? (container.name, ranges)
    }
  }
}
