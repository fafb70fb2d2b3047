package import Diagnostics
import Policy
package import VFIOPlan

/// All invariants, in the order of their ids.
package enum PlanInvariants {
  package static let all: [any PlanInvariant.Type] = [
    ContainerNamedInGuestVisible.self,
    GroupOneContainer.self,
    OneProcessMemory.self,
    PAPRCreationOrder.self,
    PAPREEHKernelLoop.self,
    PAPRKVMWindowMatch.self,
    PAPRMapInsideWindow.self,
    PAPRNoRAMListener.self,
    PAPRNoWindowResize.self,
    PAPRPreregAlignment.self,
    PAPRPreregIsNotMapping.self,
    PAPRPreregRangesEqual.self,
    PAPRSameProcess.self,
    PAPRTwoWindows.self,
    SetIOMMUBeforeMap.self,
  ]

  package static func invariant(_ id: String) -> (any PlanInvariant.Type)? {
    all.first { $0.description.id == id }
  }

  /// Everything that is wrong with a plan, guest by guest.
  package static func check(_ plan: Plan) -> [Diagnostic] {
    plan.guests.flatMap { guest in
      all.flatMap { invariant in
        var findings = PlanFindings(invariant.description, of: plan)
        invariant.check(guest, in: plan, &findings)
        return findings.diagnostics
      }
    }
  }
}
