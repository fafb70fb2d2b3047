// executor-cost [DEVICES [ROUNDS]]: what the executor costs over a kernel that does nothing, against a loop in C over the same
// steps. Prints the median nanoseconds a step of each, taken in turns, and the ratio.
import CStepLoop
import Diagnostics
import Execution
import Glibc
import VFIOCore
import VFIOPlan
import VFIOTypes

func address(_ number: Int) -> PCIAddress {
  PCIAddress(
    domain: UInt32(number >> 13),
    bus: UInt8(number >> 5 & 0xff),
    device: UInt8(number & 0x1f),
    function: 0
  )
}

/// One container with a group for each device, each opened and read.
func plannedSteps(_ devices: Int) -> [Step] {
  var steps: [Step] = [.openContainer("main")]
  for number in 0..<devices {
    let device = address(number)
    steps += [.openGroup(device), .attachGroup(device, container: "main")]
    if number == 0 { steps.append(.setIOMMU(container: "main", model: .type1v2)) }
    steps += [.openDevice(device, group: device, vfToken: nil), .readDevice(device)]
  }
  return steps
}

func bareSteps(_ devices: Int) -> [step] {
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

func median(_ durations: [Duration]) -> Double {
  let middle = durations.sorted()[durations.count / 2].components
  return Double(middle.seconds) * 1e9 + Double(middle.attoseconds) / 1e9
}

func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

func run(devices: Int, rounds: Int) -> Int32 {
  let origin = Origin(path: "guests.g", line: 1, column: 1, length: 1)
  let steps = plannedSteps(devices)
  let plan = Plan.ofSteps(steps.map { PlannedStep($0, from: origin) }, origin)
  let bare = bareSteps(devices)
  let clock = ContinuousClock()
  var (whole, carried, loop): ([Duration], [Duration], [Duration]) = ([], [], [])
  var (ours, others): (Int64, Int64) = (0, 0)
  for _ in 0..<rounds {
    var kernel = NothingKernel()
    var findings: [Diagnostic] = []
    let start = clock.now
    guard let program = StepProgram(plan, &findings) else { return 1 }
    let prepared = clock.now
    do throws(ApplyFailure) {
      let applied = try Executor.run(
        program,
        of: plan,
        in: &kernel,
        groupNumber: { IOMMUGroupID(UInt32($0.bus)) }
      )
      _ = applied.end(in: &kernel)
    } catch { return 1 }
    let end = clock.now
    whole.append(end - start)
    carried.append(end - prepared)
    ours = kernel.calls
    loop.append(
      clock.measure {
        others = unsafe step_loop_run(bare, bare.count, 1, devices, devices)
      }
    )
  }
  guard ours == others else {
    print("executor-cost: \(ours) calls against \(others)")
    return 1
  }
  let count = Double(steps.count)
  print("steps \(steps.count), calls \(ours), rounds \(rounds)")
  print("executor, whole plan   \(tenths(median(whole) / count)) ns a step")
  print("executor, without names \(tenths(median(carried) / count)) ns a step")
  print("C loop                 \(tenths(median(loop) / count)) ns a step")
  print(
    "ratio \(tenths(median(whole) / median(loop))), without names \(tenths(median(carried) / median(loop)))"
  )
  return 0
}

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
exit(run(devices: numbers.first ?? 10_000, rounds: numbers.dropFirst().first ?? 31))
