import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// A window that is in use stays as it is.
package enum PAPRNoWindowResize: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-no-window-resize",
    summary: "no window is removed once one was made or mapped into, and none is made twice",
    rationale: """
      Removing a window drops every mapping in it, under a device that may be using them. Windows are sized once, before
      anything is mapped.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_remove_window")
    ],
    severity: .error,
    canBeWaived: false,
    accepts: [
      """
      {step: remove-default-window, container: net}
      {step: create-window, container: net, window: LOW}
      """
    ],
    rejects: [
      """
      {step: remove-default-window, container: net}
      {step: create-window, container: net, window: LOW}
      «{step: remove-default-window, container: net}»
      """,
      """
      {step: prove-mapping, container: net, address: "0x0", page-size: 4096}
      «{step: remove-default-window, container: net}»
      """,
      """
      {step: create-window, container: net, window: LOW}
      «{step: create-window, container: net, window: LOW}»
      """,
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for (container, places) in guest.sPAPRContainers({ _ in true }) {
      var isInUse = false
      var starts: Set<UInt64> = []
      for place in places {
        switch place.step {
        case .removeDefaultWindow:
          if isInUse {
            findings.report("windows of '\(container.name)' are in use already", at: place, of: guest)
          }
        case .createWindow(_, let window):
          if !starts.insert(window.start).inserted {
            findings.report(
              "'\(container.name)' has a window at 0x\(Hexadecimal.text(window.start)) already",
              at: place,
              of: guest
            )
          }
          isInUse = true
        case .proveMapping, .mapMemory: isInUse = true
        case .openContainer, .openGroup, .attachGroup, .attachGroupToAccepting, .setIOMMU, .readInformation,
          .openDevice, .enable, .registerMemory, .enableEEH, .openIOMMUFD, .allocateIOAS, .bindDevice,
          .attachDevice, .readRanges, .readDevice:
          break
        }
      }
    }
  }
}
