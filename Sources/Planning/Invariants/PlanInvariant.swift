package import Policy
package import VFIOPlan

/// Something every plan must be, whoever wrote it.
///
/// An invariant is one file, with its examples, as a rule is. It is run on every plan that is made, where a hit is a
/// fault of the tool, and on every plan that is read, where it is a finding. Its examples are lists of steps, set into
/// a whole plan by `ExamplePlan`; `«…»` encloses the steps that are reported.
package protocol PlanInvariant: Sendable {
  static var description: RuleDescription { get }

  static func check(_ guest: GuestPlan, in plan: Plan, _ findings: inout PlanFindings)
}
