package import Diagnostics
package import Policy
package import VFIOPlan
import VFIOTypes

/// What invariants report; it stamps id and severity and names the step.
package struct PlanFindings: Sendable {
  package private(set) var diagnostics: [Diagnostic] = []

  private let description: RuleDescription
  private let plan: Plan

  package init(_ description: RuleDescription, of plan: Plan) {
    self.description = description
    self.plan = plan
  }

  /// Reports a step; the finding stands on the line of the guest file it follows from.
  package mutating func report(_ message: String, at step: StepPlace, of guest: GuestPlan) {
    diagnostics.append(
      Diagnostic(
        rule: description.id,
        severity: description.severity,
        message: message,
        range: nil,
        place: step.planned.origin.place(in: plan),
        notes: [.init("step \(step.position) of guest '\(guest.name)': \(step.planned.step.words)")],
        why: description.summary
      )
    )
  }
}

/// A step and its position in the steps of its guest, from 1 as it is shown.
package struct StepPlace: Hashable, Sendable {
  package var position: Int
  package var planned: PlannedStep

  package var step: Step { planned.step }
}

extension GuestPlan {
  /// All steps with their positions.
  var places: [StepPlace] {
    steps.enumerated().map { StepPlace(position: $0.offset + 1, planned: $0.element) }
  }

  /// The steps on each container, by its name.
  var placesByContainer: [String: [StepPlace]] {
    Dictionary(grouping: places.filter { $0.step.container != nil }) { $0.step.container ?? "" }
  }

  /// The containers of an sPAPR model with the steps on each, in their order.
  func sPAPRContainers(_ model: (PlannedContainer) -> Bool) -> [(
    container: PlannedContainer, places: [StepPlace]
  )] {
    let places = placesByContainer
    return containers.filter { $0.model.isSPAPR && model($0) }.map { ($0, places[$0.name] ?? []) }
  }
}
