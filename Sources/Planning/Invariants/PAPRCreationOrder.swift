import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// The place of a window follows from the order in which windows are made.
package enum PAPRCreationOrder: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-creation-order",
    summary: "the default window is removed first, then windows are made from the low one to the high one",
    rationale: """
      User space cannot choose where a window starts: the first one made gets the low place, the second the high one.
      The default window of a new container is only pending, and takes the low place unless it is removed.
      """,
    sources: [
      .code(
        project: "Linux 6.12",
        place: "arch/powerpc/platforms/powernv/pci-ioda.c: pnv_pci_ioda2_create_table"
      ),
      .code(
        project: "Linux 6.12",
        place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_create_default_window"
      ),
    ],
    severity: .error,
    canBeWaived: false,
    accepts: [
      """
      {step: remove-default-window, container: net}
      {step: create-window, container: net, window: LOW}
      {step: create-window, container: net, window: HIGH}
      """
    ],
    rejects: [
      """
      {step: remove-default-window, container: net}
      {step: create-window, container: net, window: HIGH}
      «{step: create-window, container: net, window: LOW}»
      """,
      "«{step: create-window, container: net, window: LOW}»",
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for (container, places) in guest.sPAPRContainers({ $0.model == .spaprTCEv2 }) {
      var isRemoved = false
      var highest: UInt64?
      for place in places {
        if case .removeDefaultWindow = place.step { isRemoved = true }
        guard case .createWindow(_, let window) = place.step else { continue }
        if !isRemoved {
          findings.report(
            "the default window of '\(container.name)' was not removed before",
            at: place,
            of: guest
          )
        }
        if let highest, window.start <= highest {
          findings.report(
            "the window at 0x\(Hexadecimal.text(window.start)) is made after a higher one",
            at: place,
            of: guest
          )
        }
        highest = max(highest ?? 0, window.start)
      }
    }
  }
}
