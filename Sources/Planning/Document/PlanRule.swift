import Diagnostics

/// What a plan document says that its key tables cannot see.
package enum PlanRule: String, Hashable, Sendable, CaseIterable {
  case stepArguments = "plan-step-arguments"
  case number = "plan-number"
  case reference = "plan-reference"

  /// What is demanded, one clause.
  package var summary: String {
    switch self {
    case .stepArguments: "a step has the keys of its kind and no others"
    case .number: "a number of bytes is below 2^64, and a range starts before it ends"
    case .reference: "what a plan names is in the plan"
    }
  }

  /// Why, for the page.
  package var rationale: String {
    switch self {
    case .stepArguments: "A key that a step does not take would be a wish that is not carried out."
    case .number: "Addresses and sizes have 64 bits; what wraps around is another place."
    case .reference:
      "A step on something the plan does not hold was written by hand, or what it names was removed."
    }
  }

  func finding(_ message: String, at range: SourceRange, help: [String] = []) -> Diagnostic {
    Diagnostic(rule: rawValue, severity: .error, message: message, range: range, help: help)
  }
}
