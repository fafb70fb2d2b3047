import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// EEH is enabled on containers of one group.
package enum PAPREEHKernelLoop: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-eeh-kernel-loop",
    summary: "EEH is enabled where the container has one group",
    rationale: """
      The kernel carries out an EEH operation on every group of the container and stops at the first result that is not
      zero, so with two groups the state that is told is the first one's alone.
      """,
    sources: [
      .code(
        project: "Linux 6.12",
        place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_ioctl, case VFIO_EEH_PE_OP"
      )
    ],
    severity: .error,
    canBeWaived: false,
    accepts: [
      """
      {step: attach-group, group: "0001:01:00.0", container: net}
      {step: enable-eeh, container: net}
      """
    ],
    rejects: [
      """
      {step: attach-group, group: "0001:01:00.0", container: net}
      {step: attach-group, group: "0002:01:00.0", container: net}
      «{step: enable-eeh, container: net}»
      """,
      "«{step: enable-eeh, container: net}»",
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for (container, places) in guest.sPAPRContainers({ _ in true }) {
      var groups = 0
      for place in places {
        if case .attachGroup = place.step { groups += 1 }
        guard case .enableEEH = place.step, groups != 1 else { continue }
        findings.report("container '\(container.name)' has \(groups) groups", at: place, of: guest)
      }
    }
  }
}
