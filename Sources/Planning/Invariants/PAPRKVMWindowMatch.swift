import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// The window of the hardware holds what the guest puts into its own.
package enum PAPRKVMWindowMatch: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-kvm-window-match",
    summary: "a window starts where the guest's does, is as large, and has pages as small",
    rationale: """
      The guest's default window has pages of 4 KiB, the size its host bridge was given and its start. KVM connects the
      guest's table to the window of the host only where the host's window holds every page of it.
      """,
    sources: [
      .code(
        project: "Linux 6.12",
        place: "arch/powerpc/kvm/book3s_64_vio.c: kvm_spapr_tce_attach_iommu_group"
      )
    ],
    severity: .error,
    otherwise: "vfio: failed GROUP_SET_SPAPR_TCE for KVM VFIO device: Invalid argument",
    canBeWaived: false,
    accepts: ["{step: create-window, container: net, window: LOW}"],
    rejects: [
      "«{step: create-window, container: net, window: LARGE-PAGES}»",
      "«{step: create-window, container: net, window: SMALL}»",
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    let bridges = Dictionary(guest.bridges.map { ($0.name, $0) }) { first, _ in first }
    for (container, places) in guest.sPAPRContainers({ $0.model == .spaprTCEv2 }) {
      guard let bridge = container.bridge.flatMap({ bridges[$0] }) else { continue }
      for place in places {
        guard case .createWindow(_, let window) = place.step, window.kind == .default else { continue }
        let size = bridge.windows.dma32 ?? 1 << 30
        let start = bridge.windows.dma32Start ?? 0
        guard window.start != start || window.size < size || window.pageSize > 4096 else { continue }
        findings.report(
          "the guest's default window is 0x\(Hexadecimal.text(start)) +\(ByteCount(size).sentence) in pages of 4 KiB",
          at: place,
          of: guest
        )
      }
    }
  }
}
