import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// A group joins one container.
package enum GroupOneContainer: PlanInvariant {
  package static let description = RuleDescription(
    id: "group-one-container",
    summary: "a group joins exactly one container",
    rationale: """
      A group is attached whole, to one set of mappings, by the one process that has it open. The kernel refuses to
      attach it again.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/group.c: vfio_group_ioctl_set_container")
    ],
    severity: .error,
    otherwise: "VFIO_GROUP_SET_CONTAINER: Invalid argument",
    canBeWaived: false,
    accepts: [
      """
      {step: attach-group, group: "0001:01:00.0", container: net}
      {step: attach-group, group: "0002:01:00.0", container: net}
      """
    ],
    rejects: [
      """
      {step: attach-group, group: "0001:01:00.0", container: net}
      «{step: attach-group, group: "0001:01:00.0", container: store}»
      """,
      """
      {step: attach-group, group: "0001:01:00.0", container: all}
      «{step: attach-group-to-accepting, group: "0001:01:00.0", containers: [all], another: all-2}»
      """,
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    // Guests are processes of their own: what an earlier one has attached is taken.
    var attached: [PCIAddress: String] = [:]
    for other in plan.guests.prefix(while: { $0.name != guest.name }) {
      for place in other.places {
        if let group = group(attachedBy: place.step) { attached[group] = "guest '\(other.name)'" }
      }
    }
    for place in guest.places {
      guard let group = group(attachedBy: place.step) else { continue }
      if let owner = attached[group] {
        findings.report("the group of \(group) was attached before, by \(owner)", at: place, of: guest)
      } else {
        attached[group] = "step \(place.position)"
      }
    }
  }

  private static func group(attachedBy step: Step) -> PCIAddress? {
    switch step {
    case .attachGroup(let group, _), .attachGroupToAccepting(let group, _, _): group
    case .openContainer, .openGroup, .setIOMMU, .readInformation, .openDevice, .enable, .registerMemory,
      .removeDefaultWindow, .createWindow, .enableEEH, .openIOMMUFD, .allocateIOAS, .bindDevice,
      .attachDevice, .readRanges, .mapMemory, .proveMapping, .readDevice:
      nil
    }
  }
}
