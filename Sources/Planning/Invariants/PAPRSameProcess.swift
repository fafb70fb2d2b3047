import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// The process that opens a container is the one that uses it.
package enum PAPRSameProcess: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-same-process",
    summary: "a container of sPAPR is opened by the steps that use it, before they do",
    rationale: """
      The kernel ties a container to the memory of the process that first does something with it, and refuses everything
      to others. So a guest's steps, which one process carries out, open what they use.
      """,
    sources: [
      .code(
        project: "Linux 6.12",
        place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_mm_set, tce_iommu_ioctl"
      )
    ],
    severity: .error,
    otherwise: "every later ioctl: Operation not permitted",
    canBeWaived: false,
    accepts: [
      """
      {step: open-container, container: net}
      {step: register-memory, container: net, memory: ram}
      """
    ],
    rejects: [
      "«{step: register-memory, container: net, memory: ram}»",
      """
      «{step: register-memory, container: net, memory: ram}»
      {step: open-container, container: net}
      """,
      """
      {step: open-container, container: net}
      «{step: open-container, container: net}»
      """,
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for (container, places) in guest.sPAPRContainers({ _ in true }) {
      var isOpen = false
      for place in places {
        if case .openContainer = place.step {
          if isOpen { findings.report("container '\(container.name)' is opened again", at: place, of: guest) }
          isOpen = true
        } else if !isOpen {
          findings.report("container '\(container.name)' is used before it is opened", at: place, of: guest)
          // Said once a container.
          break
        }
      }
    }
  }
}
