import CStepLoop
import Diagnostics
import Execution
import TestSupport
import VFIOCore
import VFIOPlan
import VFIOTypes

/// What the executor itself costs: over a kernel that does nothing, against a loop in C over the same steps.
enum ExecutorRows {
  static func steps(_ place: Workplace) throws(BenchmarkError) -> [Row] {
    let devices = 10_000
    let steps = plannedSteps(devices)
    let origin = Origin(path: "guests.g", line: 1, column: 1, length: 1)
    let guest = GuestPlan(name: "g", steps: steps.map { PlannedStep($0, from: origin) })
    let plan = Plan(file: "guest.yaml", host: nil, bindings: [], guests: [guest], facts: [])
    let bare = bareSteps(devices)
    var (ours, others): ([Double], [Double]) = ([], [])
    for _ in 0..<31 {
      let start = Child.now()
      let calls = try carryOut(plan)
      let middle = Child.now()
      let bareCalls = unsafe step_loop_run(bare, bare.count, 1, devices, devices)
      others.append(Child.now() - middle)
      ours.append(middle - start)
      // Otherwise they did not do the same.
      guard calls == bareCalls else { throw .differs("\(calls) calls against \(bareCalls)") }
    }
    let ratio = ours.median / others.median
    return [
      Row(
        name: "executor, a plan with 10,000 devices against a C loop over its steps",
        figure: "\(Row.ratio(ratio)) (\(Row.nanoseconds(ours.median / Double(steps.count))) a step)",
        bound: "3.00x",
        isReached: ratio <= 3
      )
    ]
  }

  /// Carries a plan out and lets go of it; how many calls that took.
  private static func carryOut(_ plan: Plan) throws(BenchmarkError) -> Int64 {
    var kernel = NothingKernel()
    do throws(ApplyFailure) {
      let applied = try Executor.apply(
        plan,
        in: &kernel,
        numbers: HostNumbers(group: { IOMMUGroupID(UInt32($0.bus)) })
      )
      _ = applied.end(in: &kernel)
    } catch { throw .differs("the plan is refused") }
    return kernel.calls
  }

  private static func address(_ number: Int) -> PCIAddress {
    PCIAddress(
      domain: UInt32(number >> 13),
      bus: UInt8(number >> 5 & 0xff),
      device: UInt8(number & 0x1f),
      function: 0
    )
  }

  /// One container with a group for each device, each opened and read.
  private static func plannedSteps(_ devices: Int) -> [Step] {
    var steps: [Step] = [.openContainer("main")]
    for number in 0..<devices {
      let device = address(number)
      steps += [.openGroup(device), .attachGroup(device, container: "main")]
      if number == 0 { steps.append(.setIOMMU(container: "main", model: .type1v2)) }
      steps += [.openDevice(device, group: device, vfToken: nil), .readDevice(device)]
    }
    return steps
  }

  private static func bareSteps(_ devices: Int) -> [step] {
    var steps = [step(kind: OPEN_CONTAINER, container: 0, group: 0, device: 0)]
    for number in 0..<Int32(devices) {
      steps.append(step(kind: OPEN_GROUP, container: 0, group: number, device: 0))
      steps.append(step(kind: ATTACH_GROUP, container: 0, group: number, device: 0))
      if number == 0 { steps.append(step(kind: SET_IOMMU, container: 0, group: 0, device: 0)) }
      steps.append(step(kind: OPEN_DEVICE, container: 0, group: number, device: number))
      steps.append(step(kind: READ_DEVICE, container: 0, group: 0, device: number))
    }
    return steps
  }
}
