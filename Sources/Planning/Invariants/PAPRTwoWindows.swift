import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// A host bridge has two windows at the most.
package enum PAPRTwoWindows: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-two-windows",
    summary: "a container has two windows at the most, and they do not overlap",
    rationale: "The hardware keeps two tables a host bridge, and so do the kernel and the guest.",
    sources: [
      .code(project: "Linux 6.12", place: "arch/powerpc/include/asm/iommu.h: IOMMU_TABLE_GROUP_MAX_TABLES"),
      .code(project: "QEMU 10.0", place: "include/hw/pci-host/spapr.h: SPAPR_PCI_DMA_MAX_WINDOWS"),
    ],
    severity: .error,
    otherwise: "VFIO_IOMMU_SPAPR_TCE_CREATE: No space left on device",
    canBeWaived: false,
    accepts: [
      """
      {step: create-window, container: net, window: LOW}
      {step: create-window, container: net, window: HIGH}
      """
    ],
    rejects: [
      """
      {step: create-window, container: net, window: LOW}
      {step: create-window, container: net, window: HIGH}
      «{step: create-window, container: net, window: HIGHER}»
      """,
      """
      {step: create-window, container: net, window: LOW}
      «{step: create-window, container: net, window: SMALL}»
      """,
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for (container, places) in guest.sPAPRContainers({ _ in true }) {
      var windows: [PlannedWindow] = []
      for place in places {
        guard case .createWindow(_, let window) = place.step else { continue }
        windows.append(window)
        if windows.count > 2 {
          findings.report("window \(windows.count) of '\(container.name)'", at: place, of: guest)
        } else if let range = window.range,
          windows.dropLast().contains(where: { $0.range?.overlaps(range) ?? false })
        {
          findings.report("it overlaps another window of '\(container.name)'", at: place, of: guest)
        }
      }
    }
  }
}
