import Diagnostics
import Execution
import VFIOCore
import VFIOPlan
import VFIOTypes

/// Proves plans on the kernel it was given, of whatever kind that is.
///
/// The kernel's type ends here: a session carries a machine, and what is proven once in a run needs no type of its own
/// in every command.
struct Prover {
  /// What is needed of the host and of the person while a plan is carried out.
  struct Companion {
    /// Where groups and devices are.
    var numbers: HostNumbers
    /// Told of each guest and step by their positions.
    var progress: (_ guest: Int, _ step: Int) -> Void
  }

  /// What proving came to.
  struct Proof {
    /// What failed; empty where nothing did.
    var failures: [Diagnostic] = []
    /// How many containers were built: a group that a planned one refuses gets one of its own.
    var containers = 0
  }

  private let body: (Plan, Companion) -> Proof

  /// Who goes further, and holds what was carried out.
  let holder: Holder

  init<VFIO: Kernel & ~Copyable>(_ makeKernel: @escaping () -> VFIO) {
    body = { plan, companion in
      var kernel = makeKernel()
      return Prover.prove(plan, companion, in: &kernel)
    }
    holder = Holder(makeKernel)
  }

  static func prove(
    _ plan: Plan,
    _ companion: Companion,
    in kernel: inout some Kernel & ~Copyable
  ) -> Proof {
    do throws(ApplyFailure) {
      let applied = try Executor.apply(
        plan,
        in: &kernel,
        numbers: companion.numbers,
        progress: companion.progress
      )
      let report = applied.end(in: &kernel)
      return Proof(
        failures: report.failures.map { Prover.refusal($0, report) },
        containers: report.containers
      )
    } catch { return Proof(failures: error.findings) }
  }

  /// Carries a plan out and lets go of everything again.
  func prove(_ plan: Plan, _ companion: Companion) -> Proof { body(plan, companion) }

  /// What cannot be carried out however willing the kernel is: found before anything is touched.
  static func faults(in plan: Plan) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    _ = StepProgram(plan, &findings)
    return findings
  }

  /// Everything was proven, and letting go was refused: whoever takes over next might be refused too.
  private static func refusal(_ error: KernelError, _ report: UndoReport) -> Diagnostic {
    Diagnostic(
      rule: "kernel-refused",
      severity: .error,
      message: "\(error)",
      range: nil,
      facts: ["every step was proven, and letting go was refused", report.sentence]
    )
  }
}
