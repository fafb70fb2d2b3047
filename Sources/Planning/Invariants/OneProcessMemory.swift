import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// What is mapped is the guest's own RAM, where the guest has it.
package enum OneProcessMemory: PlanInvariant {
  package static let description = RuleDescription(
    id: "one-process-memory",
    summary: "a guest's steps map the guest's own RAM at its guest physical addresses",
    rationale: """
      The kernel pins pages of the process that maps, so the process that maps a guest's RAM must be the one that holds
      it, and the bus address must be the guest physical one: else devices reach pages the guest has not.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_type1.c: vfio_dma_do_map, current->mm"),
      .code(project: "Linux 6.12", place: "drivers/iommu/iommufd/ioas.c: iommufd_ioas_map"),
    ],
    severity: .error,
    canBeWaived: false,
    accepts: [
      "{step: map-memory, container: all, memory: ram, range: {start: \"0x0\", last: \"0xffffffff\"}}"
    ],
    rejects: [
      "«{step: map-memory, container: all, memory: ram, range: {start: \"0x1000\", last: \"0xffffffff\"}}»",
      "«{step: map-memory, container: all, memory: ram, range: {start: \"0x0\", last: \"0x1ffffffff\"}}»",
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for place in guest.places {
      guard case .mapMemory(_, let name, let range) = place.step else { continue }
      let memory = guest.memory.ranges.first { $0.name == name }
      guard memory?.start != range.start || memory?.size != range.last &- range.start &+ 1 else { continue }
      findings.report(
        "'\(name)' is mapped at \(range), where the guest has no such RAM",
        at: place,
        of: guest
      )
    }
  }
}
