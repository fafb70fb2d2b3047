package import Diagnostics
public import VFIOCore
public import VFIOPlan

/// Carries out the steps of a plan on any kernel, at the level `prove` or `hold`.
///
/// It opens containers and groups, sets the model, compares what each container accepts with what the plan needs, maps and unmaps a
/// page where the plan says so, opens the devices and reads them. What is open then belongs to an `AppliedPlan`. A step that
/// fails ends everything before it, in reverse.
@usableFromInline
package enum Executor {
  /// Checks a plan whole, then carries it out.
  ///
  /// - Parameters:
  ///   - plan: the plan.
  ///   - level: how far.
  ///   - kernel: the kernel to ask.
  ///   - numbers: where groups and devices are.
  ///   - progress: told of each guest and step before it is carried out, by their positions.
  /// - Returns: everything that was opened.
  /// - Throws: why not, with all of it given back.
  @inlinable
  package static func apply(
    _ plan: Plan,
    level: Level = .prove,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers,
    progress: ((_ guest: Int, _ step: Int) -> Void)? = nil
  ) throws(ApplyFailure) -> AppliedPlan {
    let program = try StepProgram(checking: plan, level)
    return try run(program, of: plan, in: &kernel, numbers: numbers, progress: progress)
  }

  /// Carries out a plan that was turned into positions.
  @inlinable
  package static func run(
    _ program: StepProgram,
    of plan: Plan,
    in kernel: inout some Kernel & ~Copyable,
    numbers: HostNumbers,
    progress: ((_ guest: Int, _ step: Int) -> Void)? = nil
  ) throws(ApplyFailure) -> AppliedPlan {
    var applied = AppliedPlan(program)
    var step = 0
    do throws(StepFailure) {
      for guest in program.starts.indices {
        let end = guest + 1 < program.starts.count ? program.starts[guest + 1] : program.operations.count
        while step < end {
          progress?(guest, step - program.starts[guest])
          try applied.carryOut(program.operations[step], in: &kernel, numbers: numbers)
          step += 1
        }
      }
      return applied
    } catch {
      throw ApplyFailure(error, at: step, of: program, plan, applied.end(in: &kernel))
    }
  }
}

/// Why a plan was not carried out.
@usableFromInline
package struct ApplyFailure: Error, Hashable, Sendable {
  /// The findings: one of a step that failed, or all of a plan that cannot be carried out.
  package var findings: [Diagnostic]
  /// What was given back; nil where nothing was opened.
  package var undo: UndoReport?

  package init(findings: [Diagnostic], undo: UndoReport?) {
    self.findings = findings
    self.undo = undo
  }

  /// The failure of a step, with what was given back after it.
  @usableFromInline
  init(_ failure: StepFailure, at step: Int, of program: StepProgram, _ plan: Plan, _ report: UndoReport) {
    let place = program.place(of: step)
    let finding = failure.finding(
      plan.guests[place.guest].steps[place.step],
      guest: plan.guests[place.guest],
      number: (step + 1, program.operations.count),
      in: plan,
      report
    )
    self.init(findings: [finding], undo: report)
  }
}

extension StepProgram {
  /// A plan turned into positions.
  @usableFromInline
  init(checking plan: Plan, _ level: Level) throws(ApplyFailure) {
    var findings: [Diagnostic] = []
    guard let program = StepProgram(plan, level: level, &findings) else {
      throw ApplyFailure(findings: findings, undo: nil)
    }
    self = program
  }

  /// The guest and its step that an operation is.
  func place(of operation: Int) -> (guest: Int, step: Int) {
    let guest = (starts.lastIndex { $0 <= operation }) ?? 0
    return (guest, operation - (starts.isEmpty ? 0 : starts[guest]))
  }
}
