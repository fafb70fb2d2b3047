import Execution
import VFIOCore

/// How carrying out a plan and giving everything back went.
struct Outcome: Equatable {
  var failure: ApplyFailure?
  var undo: UndoReport?
  /// Nothing is open, attached, pinned or allocated.
  var isIdle: Bool
  var calls: [Call]

  init(_ execution: ExecutionCase, level: Level = .prove, faults: [Int: ErrorNumber] = [:]) {
    var kernel = ModelKernel(execution.host)
    kernel.faults = faults
    do throws(ApplyFailure) {
      let applied = try Executor.apply(execution.plan, level: level, in: &kernel, numbers: execution.numbers)
      undo = applied.end(in: &kernel)
    } catch { failure = error }
    isIdle = kernel.isIdle
    calls = kernel.calls
  }
}
