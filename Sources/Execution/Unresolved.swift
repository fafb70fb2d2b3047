import Diagnostics
import VFIOPlan

/// Why a step cannot be turned into positions.
enum Unresolved: Error {
  case notSupported(String)
  case unknown(String)
  case again(String)

  func finding(_ step: PlannedStep, in plan: Plan) -> Diagnostic {
    let (rule, message) =
      switch self {
      case .notSupported(let name):
        (
          rule: "step-not-supported",
          message: "the step '\(name)' is never carried out for a guest"
        )
      case .unknown(let what):
        (
          rule: "step-unresolved",
          message: "the step '\(step.step.kind.rawValue)' names \(what), which no step before it opens"
        )
      case .again(let what):
        (
          rule: "step-unresolved",
          message: "the step '\(step.step.kind.rawValue)' opens \(what) again"
        )
      }
    return Diagnostic(
      rule: rule,
      severity: .error,
      message: message,
      range: nil,
      place: step.origin.place(in: plan),
      why: "a plan is carried out whole or not at all, so nothing was opened"
    )
  }
}
