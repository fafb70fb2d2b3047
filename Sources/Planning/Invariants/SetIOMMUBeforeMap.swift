import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// A container is asked before it is used, and has its model before it is asked.
package enum SetIOMMUBeforeMap: PlanInvariant {
  package static let description = RuleDescription(
    id: "set-iommu-before-map",
    summary:
      "the first group is attached, then the model is set, then the ranges are read, then something is mapped",
    rationale: """
      A container without a group has no IOMMU to set, one without a model answers nothing, and what it accepts is known
      when it was read: a map before that is refused or lands where nobody looked.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/container.c: vfio_ioctl_set_iommu"),
      .code(project: "Linux 6.12", place: "drivers/iommu/iommufd/io_pagetable.c: iopt_reserve_iova"),
    ],
    severity: .error,
    otherwise: "VFIO_SET_IOMMU or VFIO_IOMMU_MAP_DMA: Invalid argument",
    canBeWaived: false,
    accepts: [
      """
      {step: attach-group, group: "0001:01:00.0", container: all}
      {step: set-iommu, container: all, model: type1v2}
      {step: read-information, container: all, accepting: []}
      {step: map-memory, container: all, memory: ram, range: {start: "0x0", last: "0xffffffff"}}
      """,
      """
      {step: attach-device, device: "0001:01:00.0", container: ioas}
      {step: read-ranges, container: ioas, accepting: []}
      {step: prove-mapping, container: ioas, address: "0x0", page-size: 4096}
      """,
    ],
    rejects: [
      "«{step: set-iommu, container: all, model: type1v2}»",
      """
      {step: attach-group, group: "0001:01:00.0", container: all}
      «{step: read-information, container: all, accepting: []}»
      """,
      """
      {step: attach-group, group: "0001:01:00.0", container: all}
      {step: set-iommu, container: all, model: type1v2}
      «{step: prove-mapping, container: all, address: "0x0", page-size: 4096}»
      """,
      """
      {step: attach-group, group: "0001:01:00.0", container: net}
      {step: set-iommu, container: net, model: spapr-tce-v2}
      «{step: create-window, container: net, window: LOW}»
      """,
      "«{step: read-ranges, container: ioas, accepting: []}»",
    ]
  )

  /// How far a container has come; a step asks for one state and leads to the next.
  private enum State: Int, Comparable {
    case empty, attached, set, read

    static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }

    /// What is missing where a container has come no further.
    var missing: String {
      switch self {
      case .empty: "nothing is attached yet"
      case .attached: "its model is not set yet"
      case .set, .read: "what it accepts was not read yet"
      }
    }
  }

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    for (name, places) in guest.placesByContainer.sorted(by: { $0.key < $1.key }) {
      var state = State.empty
      for place in places {
        let (needed, reached) = states(of: place.step)
        if let needed, state < needed {
          findings.report("container '\(name)': \(state.missing)", at: place, of: guest)
          // What follows would be the same fault again.
          break
        }
        state = max(state, reached ?? .empty)
      }
    }
  }

  /// The state a step needs, and the one it leads to.
  private static func states(of step: Step) -> (needed: State?, reached: State?) {
    switch step {
    case .attachGroup: (nil, .attached)
    case .setIOMMU: (.attached, .set)
    case .readInformation: (.set, .read)
    // An IOAS has no model to set.
    case .attachDevice: (nil, .set)
    case .readRanges: (.set, .read)
    case .enable, .registerMemory, .removeDefaultWindow, .createWindow, .mapMemory, .proveMapping:
      (.read, nil)
    case .enableEEH: (.set, nil)
    case .openContainer, .openGroup, .attachGroupToAccepting, .openDevice, .openIOMMUFD, .allocateIOAS,
      .bindDevice, .readDevice:
      (nil, nil)
    }
  }
}
