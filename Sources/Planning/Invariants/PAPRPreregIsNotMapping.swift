import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// RAM is registered, all of it, before anything is mapped.
package enum PAPRPreregIsNotMapping: PlanInvariant {
  package static let description = RuleDescription(
    id: "papr-prereg-is-not-mapping",
    summary: "all of guest RAM is registered with a container of sPAPR v2 before anything is mapped in it",
    rationale: """
      Registering pins RAM and accounts it; a device can reach none of it by that. Mapping a page only looks it up among
      what is registered, and is refused where it is not there.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "hw/vfio/spapr.c: vfio_prereg_listener_region_add"),
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_spapr_tce.c: tce_iommu_build_v2"),
    ],
    severity: .error,
    otherwise: "VFIO_IOMMU_MAP_DMA: Operation not permitted, or Invalid argument",
    canBeWaived: false,
    accepts: [
      """
      {step: register-memory, container: net, memory: ram}
      {step: register-memory, container: net, memory: odd}
      {step: prove-mapping, container: net, address: "0x0", page-size: 4096}
      """,
      "{step: prove-mapping, container: old, address: \"0x0\", page-size: 4096}",
    ],
    rejects: [
      """
      {step: register-memory, container: net, memory: ram}
      «{step: prove-mapping, container: net, address: "0x0", page-size: 4096}»
      """,
      """
      «{step: prove-mapping, container: net, address: "0x0", page-size: 4096}»
      {step: register-memory, container: net, memory: ram}
      {step: register-memory, container: net, memory: odd}
      """,
    ]
  )

  package static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings) {
    let all = guest.memory.ranges.map(\.name)
    for (container, places) in guest.sPAPRContainers({ $0.model == .spaprTCEv2 }) {
      var registered: Set<String> = []
      for place in places {
        if case .registerMemory(_, let name) = place.step { registered.insert(name) }
        guard case .proveMapping = place.step else { continue }
        let missing = all.filter { !registered.contains($0) }
        guard !missing.isEmpty else { continue }
        findings.report(
          "RAM \(missing.map { "'\($0)'" }.joined(separator: ", ")) is not registered with '\(container.name)'",
          at: place,
          of: guest
        )
        // Said once a container.
        break
      }
    }
  }
}
