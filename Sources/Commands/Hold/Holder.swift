import Diagnostics
import Execution
import VFIOCore
import VFIOPlan
import VFIOTypes

/// What is held, however its kernel is called: it ends by `letGo`, once.
protocol Held: AnyObject {
  /// What it is, for others; descriptors are lent.
  var things: [HeldThing] { get }
  /// Gives everything back, the last first.
  func letGo() -> LetGo
}

/// What letting go came to.
struct LetGo: Hashable {
  /// What was given back, one clause.
  var sentence: String
  var failures: [KernelError] = []
}

/// Carries plans out to be held, on the kernel it was given, of whatever kind that is.
struct Holder {
  enum Purpose: Hashable, Sendable {
    /// Everything, with guest RAM.
    case all
    /// What a command takes of a guest, after a proof that was undone.
    case command
  }

  enum Outcome {
    case failed([Diagnostic])
    /// Held, and how many containers were built.
    case held(any Held, containers: Int)
  }

  private let body: (Plan, Prover.Companion, Purpose) -> Outcome

  init<VFIO: Kernel & ~Copyable>(_ makeKernel: @escaping () -> VFIO) {
    body = { plan, companion, purpose in
      switch purpose {
      case .all: Holder.all(plan, companion, makeKernel())
      case .command: Holder.fresh(plan, companion, makeKernel())
      }
    }
  }

  /// Carries a plan out; what it took is held by what is answered, and given back by it alone.
  func hold(_ plan: Plan, _ companion: Prover.Companion, for purpose: Purpose) -> Outcome {
    body(plan, companion, purpose)
  }

  private static func all(
    _ plan: Plan,
    _ companion: Prover.Companion,
    _ kernel: consuming some Kernel & ~Copyable
  ) -> Outcome {
    var kernel = kernel
    do throws(ApplyFailure) {
      let applied = try Executor.apply(
        plan,
        level: .hold,
        in: &kernel,
        numbers: companion.numbers,
        progress: companion.progress
      )
      let things = applied.things(of: plan)
      let containers = things.count { $0.isContainer }
      return .held(HeldPlan(kernel, applied, things), containers: containers)
    } catch { return .failed(error.findings) }
  }

  private static func fresh(
    _ plan: Plan,
    _ companion: Prover.Companion,
    _ kernel: consuming some Kernel & ~Copyable
  ) -> Outcome {
    var kernel = kernel
    let proof = Prover.prove(plan, companion, in: &kernel)
    guard proof.failures.isEmpty, let guest = plan.guests.first else { return .failed(proof.failures) }
    do throws(FreshFailure) {
      let fresh = try FreshDescriptors.open(for: guest, in: &kernel, numbers: companion.numbers)
      let things = zip(FreshDescriptors.items(of: guest), fresh.numbers).map { item, number in
        switch item {
        case .iommufd(let name): HeldThing(.iommufd, guest: guest.name, name: name, number: number)
        case .device(let address, let name):
          HeldThing(.device(address, container: nil), guest: guest.name, name: name, number: number)
        }
      }
      return .held(HeldDescriptors(kernel, fresh, things), containers: proof.containers)
    } catch { return .failed([refusal(error)]) }
  }

  private static func refusal(_ failure: FreshFailure) -> Diagnostic {
    let (message, why): (String, String) =
      switch failure {
      case .kernel(let error): ("\(error)", "everything was proven, and what is handed over is opened anew")
      case .noNode(let address):
        ("\(address) has no node of its own below /dev/vfio/devices", "its node is what is handed over")
      }
    return Diagnostic(rule: "kernel-refused", severity: .error, message: message, range: nil, why: why)
  }
}

extension HeldThing {
  var isContainer: Bool {
    switch kind {
    case .container, .addressSpace: true
    case .group, .device, .iommufd, .memory: false
    }
  }
}

/// A plan that is held, with the kernel it is held on.
private final class HeldPlan<VFIO: Kernel & ~Copyable>: Held {
  let things: [HeldThing]
  private var kernel: VFIO
  private var applied: AppliedPlan?

  init(_ kernel: consuming VFIO, _ applied: consuming AppliedPlan, _ things: [HeldThing]) {
    self.kernel = kernel
    self.applied = consume applied
    self.things = things
  }

  func letGo() -> LetGo {
    guard let applied = applied.take() else { return LetGo(sentence: "nothing was open") }
    let report = applied.end(in: &kernel)
    return LetGo(sentence: report.sentence, failures: report.failures)
  }
}

/// Nodes that are opened for a command.
private final class HeldDescriptors<VFIO: Kernel & ~Copyable>: Held {
  let things: [HeldThing]
  private var kernel: VFIO
  private var fresh: FreshDescriptors?

  init(_ kernel: consuming VFIO, _ fresh: consuming FreshDescriptors, _ things: [HeldThing]) {
    self.kernel = kernel
    self.fresh = consume fresh
    self.things = things
  }

  func letGo() -> LetGo {
    guard let fresh = fresh.take() else { return LetGo(sentence: "nothing was open") }
    return LetGo(sentence: "closed: \(counted(things.count, "descriptor"))", failures: fresh.end(in: &kernel))
  }
}
