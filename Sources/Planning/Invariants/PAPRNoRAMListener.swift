import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// Nothing maps guest RAM into a PAPR host bridge but the guest.
package enum PAPRNoRAMListener: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-no-ram-listener",
    summary: "no step maps guest RAM by its address into the container of a PAPR host bridge",
    rationale: """
      A PAPR guest maps page by page into the windows of its host bridge. A listener that maps all RAM would be answered
      by the kernel beyond the window, and inside of it would stand where the guest's own mappings go.
      """,
    sources: [
      .mail("qemu-ppc, 23 April 2013, David Gibson"),
      .code(project: "QEMU 10.0", place: "hw/vfio/common.c: vfio_listener_region_add"),
    ],
    severity: .error,
    otherwise: "can't map guest IOVA region",
    canBeWaived: false,
    accepts: [
      "{step: register-memory, container: net, memory: ram}",
      "{step: map-memory, container: all, memory: ram, range: {start: \"0x0\", last: \"0xffffffff\"}}",
    ],
    rejects: [
      "«{step: map-memory, container: net, memory: ram, range: {start: \"0x0\", last: \"0xffffffff\"}}»"
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    let bridges = Set(guest.bridges.filter { $0.kind == .spapr }.map(\.name))
    let containers = Set(
      guest.containers.filter { $0.model.isSPAPR || $0.bridge.map(bridges.contains) ?? false }.map(\.name)
    )
    for place in guest.places {
      guard case .mapMemory(let container, let memory, _) = place.step, containers.contains(container) else {
        continue
      }
      findings.report("RAM '\(memory)' is mapped whole into '\(container)'", at: place, of: guest)
    }
  }
}
