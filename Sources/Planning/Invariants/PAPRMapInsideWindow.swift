import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// A mapping lies in one window whole.
package enum PAPRMapInsideWindow: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-map-inside-window",
    summary: "a mapping begins, ends and is aligned inside of one window",
    rationale: """
      The kernel looks at the first page of a mapping alone: one that begins in the last page of a window and goes on
      writes past the end of its table.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "arch/powerpc/kernel/iommu.c: iommu_tce_check_ioba, npages unused")
    ],
    severity: .error,
    canBeWaived: false,
    accepts: [
      """
      {step: create-window, container: net, window: LOW}
      {step: prove-mapping, container: net, address: "0x3ffff000", page-size: 4096}
      """,
      "{step: prove-mapping, container: old, address: \"0x3ffff000\", page-size: 4096}",
    ],
    rejects: [
      """
      {step: create-window, container: net, window: LOW}
      «{step: prove-mapping, container: net, address: "0x3ffff000", page-size: 65536}»
      «{step: prove-mapping, container: net, address: "0x40000000", page-size: 4096}»
      «{step: prove-mapping, container: net, address: "0x800", page-size: 4096}»
      """,
      "«{step: prove-mapping, container: net, address: \"0x0\", page-size: 4096}»",
      "«{step: prove-mapping, container: old, address: \"0xfffffffffffff000\", page-size: 4096}»",
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for (container, places) in guest.sPAPRContainers({ _ in true }) {
      // The window of v1 is there from the start; those of v2 are when they are made.
      var windows = container.model == .spaprTCE ? container.windows : []
      for place in places {
        if case .createWindow(_, let window) = place.step { windows.append(window) }
        guard let mapped = mapping(place.step) else { continue }
        let isInside = windows.contains { window in
          guard let range = window.range, window.pageSize > 0 else { return false }
          return range.start <= mapped.start && mapped.start <= range.last
            && mapped.size - 1 <= range.last - mapped.start && mapped.start % window.pageSize == 0
            && mapped.size % window.pageSize == 0
        }
        guard !isInside else { continue }
        findings.report(
          "0x\(Hexadecimal.text(mapped.start)) +\(ByteCount(mapped.size).sentence) lies in no window of '\(container.name)'",
          at: place,
          of: guest
        )
      }
    }
  }

  /// What a step maps: where, and how many bytes, at least one.
  private static func mapping(_ step: Step) -> (start: UInt64, size: UInt64)? {
    switch step {
    case .proveMapping(_, let address, let pageSize): (address, max(1, pageSize))
    case .mapMemory(_, _, let range): (range.start, max(1, range.last &- range.start &+ 1))
    case .openContainer, .openGroup, .attachGroup, .attachGroupToAccepting, .setIOMMU, .readInformation,
      .openDevice, .enable, .registerMemory, .removeDefaultWindow, .createWindow, .enableEEH, .openIOMMUFD,
      .allocateIOAS, .bindDevice, .attachDevice, .readRanges, .readDevice:
      nil
    }
  }
}
