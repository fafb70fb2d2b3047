import Diagnostics
import Execution
import Testing
import VFIOCore
import VFIOPlan
import VFIOTypes

/// Carries a plan out and says how it failed and what the kernel was asked.
private func failure(_ execution: ExecutionCase) -> (failure: ApplyFailure?, calls: [Call], isIdle: Bool) {
  var kernel = ModelKernel(execution.host)
  do throws(ApplyFailure) {
    let applied = try Executor.apply(execution.plan, in: &kernel, numbers: execution.numbers)
    _ = applied.end(in: &kernel)
    return (nil, kernel.calls, kernel.isIdle)
  } catch { return (error, kernel.calls, kernel.isIdle) }
}

@Suite struct ExecutorTests {
  @Test func `a host driver in the group is the kernel's refusal on the line of the step`() {
    var host = machine()
    host.groups[3].devices[1].driver = .native
    let (failed, _, isIdle) = failure(
      ExecutionCase("not viable", host, [opening("main", device(1)), opening("other", device(6))])
    )
    var undo = UndoReport()
    (undo.groups, undo.containers) = (2, 2)
    let expected = ApplyFailure(
      findings: [
        Diagnostic(
          rule: "kernel-refused",
          severity: .error,
          message: "group 11 of 0000:06:00.0: VFIO_GROUP_SET_CONTAINER failed with EPERM",
          range: nil,
          place: TextPlace(file: "guest.yaml", line: 11, column: 1, length: 2),
          facts: [
            "step 11 of 16, attach-group, guest 'g2'", "container 'other'",
            "the kernel said before that the group is not viable", "closed again: 2 groups, 2 containers",
          ],
          why: "a member of the group is in the hands of a host driver, or the group has another owner",
          help: ["See 'vfioplan explain group-not-viable'."]
        )
      ],
      undo: undo
    )
    #expect(failed == expected)
    #expect(isIdle)
  }

  @Test func `a range the host does not accept is found before anything is mapped`() {
    let steps = opening("main", device(1), accepting: [IOVARange(start: 0, last: 0xffff_ffff)])
    let (failed, calls, isIdle) = failure(ExecutionCase("ranges", machine(), [steps]))
    #expect(failed?.findings.map(\.rule) == ["kernel-ranges-differ"])
    #expect(
      failed?.findings.map(\.message) == ["container 'main' does not accept the bus addresses 0x0-0xffffffff"]
    )
    #expect(failed?.findings.map(\.place?.line) == [5])
    #expect(!calls.contains(.iommuMapDMA))
    #expect(isIdle)
  }

  @Test func `a container without an IOMMU is for no guest, and opens nothing`() {
    let steps: [Step] = [
      .openContainer("bare"), .openGroup(device(1)), .attachGroup(device(1), container: "bare"),
      .setIOMMU(container: "bare", model: .noIOMMU), .openDevice(device(1), group: device(1), vfToken: nil),
    ]
    let (failed, calls, _) = failure(ExecutionCase("no IOMMU", machine(), [steps]))
    #expect(
      failed?.findings.map { "\($0.place?.line ?? 0) \($0.rule): \($0.message)" } == [
        "4 step-not-supported: the step 'set-iommu noiommu' is never carried out for a guest"
      ]
    )
    #expect(failed?.undo == nil)
    #expect(calls == [])
  }

  @Test func `a name that no step gave opens nothing`() {
    let steps: [Step] = [
      .openGroup(device(1)), .attachGroup(device(1), container: "a"), .openGroup(device(1)),
    ]
    let (failed, calls, _) = failure(ExecutionCase("names", machine(), [steps]))
    #expect(
      failed?.findings.map(\.message) == [
        "the step 'attach-group' names container 'a', which no step before it opens",
        "the step 'open-group' opens group of 0000:01:00.0 again",
      ]
    )
    #expect(calls == [])
  }

  @Test func `a group that is gone is said by its device`() {
    let steps: [Step] = [.openContainer("a"), .openGroup(device(9))]
    let (failed, _, isIdle) = failure(ExecutionCase("gone", machine(), [steps]))
    #expect(failed?.findings.map(\.message) == ["0000:09:00.0 is in no IOMMU group"])
    #expect(isIdle)
  }

  @Test func `a map-all group that its container refuses gets one of its own`() {
    var execution = ExecutionCase.mapAll
    var kernel = RecordingKernel(ModelKernel(execution.host))
    // Its reserved region meets nothing while nothing is mapped: what refuses here is asked for.
    kernel.base.faults = [14: .einval]
    execution.plan.guests[0].steps = Array(execution.plan.guests[0].steps.prefix(10))
    do throws(ApplyFailure) {
      let applied = try Executor.apply(execution.plan, in: &kernel, numbers: execution.numbers)
      _ = applied.end(in: &kernel)
    } catch { Issue.record(error) }
    let calls = kernel.lines.map { $0.prefix { $0 != "=" } }.filter { !$0.contains("GET_INFO") }
    #expect(
      calls.map { String($0.dropLast()) } == [
        "open container", "VFIO_GET_API_VERSION container1", "open group", "VFIO_GROUP_GET_STATUS group1",
        "VFIO_GROUP_SET_CONTAINER group1 container1", "VFIO_SET_IOMMU container1 type1v2", "mmap 4096",
        "VFIO_IOMMU_MAP_DMA container1 memory1+0x0 0x0 0x1000 3", "VFIO_IOMMU_UNMAP_DMA container1 0x0-0xfff",
        "VFIO_IOMMU_MAP_DMA container1 memory1+0x0 0x7ffff000 0x1000 3",
        "VFIO_IOMMU_UNMAP_DMA container1 0x7ffff000-0x7fffffff", "open group", "VFIO_GROUP_GET_STATUS group2",
        "VFIO_GROUP_SET_CONTAINER group2 container1", "open container", "VFIO_GET_API_VERSION container2",
        "VFIO_GROUP_SET_CONTAINER group2 container2", "VFIO_SET_IOMMU container2 type1v2",
        "VFIO_IOMMU_MAP_DMA container2 memory1+0x0 0x0 0x1000 3", "VFIO_IOMMU_UNMAP_DMA container2 0x0-0xfff",
        "VFIO_IOMMU_MAP_DMA container2 memory1+0x0 0x7ffff000 0x1000 3",
        "VFIO_IOMMU_UNMAP_DMA container2 0x7ffff000-0x7fffffff", "VFIO_GROUP_UNSET_CONTAINER group2",
        "close container2", "close group2", "VFIO_GROUP_UNSET_CONTAINER group1", "close group1",
        "close container1",
        "munmap memory1+0x0",
      ]
    )
    let isIdle = kernel.base.isIdle
    #expect(isIdle)
  }

  @Test func `a group that narrows the ranges of a container is taken out of it again`() {
    var execution = ExecutionCase.mapAll
    execution.plan.guests[0].steps = Array(execution.plan.guests[0].steps.prefix(10))
    // A range of the plan that the second group lacks: no container can have both, so its own fails too.
    execution.host.groups[1].reserved.append(IOVARange(start: 0x1000_0000, last: 0x1000_ffff))
    var kernel = RecordingKernel(ModelKernel(execution.host))
    var failed: ApplyFailure?
    do throws(ApplyFailure) {
      let applied = try Executor.apply(execution.plan, in: &kernel, numbers: execution.numbers)
      _ = applied.end(in: &kernel)
    } catch { failed = error }
    let attaching = kernel.lines.filter { $0.contains("SET_CONTAINER group2") }
    #expect(
      attaching == [
        "VFIO_GROUP_SET_CONTAINER group2 container1 = done", "VFIO_GROUP_UNSET_CONTAINER group2 = done",
        "VFIO_GROUP_SET_CONTAINER group2 container2 = done", "VFIO_GROUP_UNSET_CONTAINER group2 = done",
      ]
    )
    #expect(
      failed?.findings.map(\.message) == [
        "container 'main-2' does not accept the bus addresses 0x0-0x7fffffff"
      ]
    )
    let isIdle = kernel.base.isIdle
    #expect(isIdle)
  }

  @Test func `progress names every step in order`() {
    var kernel = ModelKernel(machine())
    var seen: [[Int]] = []
    do throws(ApplyFailure) {
      let applied = try Executor.apply(
        ExecutionCase.twoGuests.plan,
        in: &kernel,
        numbers: ExecutionCase.twoGuests.numbers,
        progress: { seen.append([$0, $1]) }
      )
      _ = applied.end(in: &kernel)
    } catch { Issue.record(error) }
    #expect(seen == (0..<10).map { [0, $0] } + (0..<10).map { [1, $0] })
  }
}

@Suite struct TraceTests {
  private func recorded(_ execution: ExecutionCase, faults: [Int: ErrorNumber] = [:]) -> String {
    var kernel = RecordingKernel(ModelKernel(execution.host))
    kernel.base.faults = faults
    if let applied = try? Executor.apply(execution.plan, in: &kernel, numbers: execution.numbers) {
      _ = applied.end(in: &kernel)
    }
    return kernel.text
  }

  @Test(arguments: ExecutionCase.byHand)
  func `a trace replays`(execution: ExecutionCase) {
    for faults: [Int: ErrorNumber] in [[:], [6: .eio], [9: .enomem]] {
      let trace = recorded(execution, faults: faults)
      var kernel = RecordingKernel(ReplayKernel(trace))
      if let applied = try? Executor.apply(execution.plan, in: &kernel, numbers: execution.numbers) {
        _ = applied.end(in: &kernel)
      }
      let (isFinished, departure, again) = (kernel.base.isFinished, kernel.base.departure, kernel.text)
      #expect(departure == nil)
      #expect(isFinished)
      #expect(again == trace)
    }
  }

  @Test func `a trace holds no group number and no address of memory`() {
    var moved = ExecutionCase.oneDevice
    moved.host.groups[0].id = IOMMUGroupID(42)
    #expect(recorded(moved) == recorded(.oneDevice))
  }

  @Test func `another plan departs from a trace`() {
    var kernel = ReplayKernel(recorded(.oneDevice))
    var failed: ApplyFailure?
    do throws(ApplyFailure) {
      let applied = try Executor.apply(
        ExecutionCase.mapAll.plan,
        in: &kernel,
        numbers: ExecutionCase.mapAll.numbers
      )
      _ = applied.end(in: &kernel)
    } catch { failed = error }
    let departure = kernel.departure
    #expect(
      departure
        == ReplayKernel.Departure(
          line: 13,
          asked: "open group",
          expected: "VFIO_GROUP_GET_DEVICE_FD group1 0000:01:00.0 = opened"
        )
    )
    #expect(failed?.findings.map(\.rule) == ["kernel-refused"])
  }
}
