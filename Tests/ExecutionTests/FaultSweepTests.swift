import Diagnostics
import Execution
import Policy
import TestSupport
import Testing
import VFIOCore
import VFIOPlan
import VFIOTypes

@Suite struct FaultSweepTests {
  @Test func `every guest file of the sweep has a plan`() {
    let texts = ExecutionCase.texts + ExecutionCase.powerTexts + ExecutionCase.partitionTexts
    #expect(ExecutionCase.fromFiles.map(\.name) == texts.map(\.0))
  }

  @Test(arguments: ExecutionCase.byHand + ExecutionCase.fromFiles)
  func `without a fault nothing is refused and nothing is left`(execution: ExecutionCase) {
    let outcome = Outcome(execution)
    #expect(outcome.failure == nil)
    #expect(outcome.undo?.failures == [])
    #expect(outcome.isIdle)
  }

  /// A fault at each call, and a second at each later one: of the undo too.
  @Test(arguments: ExecutionCase.byHand + ExecutionCase.fromFiles)
  func `whatever call fails, and whatever call after it, nothing is left`(execution: ExecutionCase) {
    let whole = Outcome(execution).calls
    var broken: [String] = []
    for first in whole.indices {
      let once = Outcome(execution, faults: [first: .eio])
      if let fault = fault(of: once, isApplying: first < whole.count, execution) {
        broken.append("call \(first) \(whole[first]): \(fault)")
      }
      guard first < once.calls.count else { continue }
      for second in once.calls.indices.dropFirst(first + 1) {
        let twice = Outcome(execution, faults: [first: .eio, second: .ebusy])
        if !twice.isIdle { broken.append("calls \(first) \(whole[first]) and \(second): something is left") }
        if twice.failure == nil && twice.undo?.isComplete != false {
          broken.append("calls \(first) and \(second): nothing was said")
        }
      }
    }
    #expect(broken == [])
  }

  /// A refusal that another container can answer is no failure.
  @Test(arguments: [ErrorNumber.einval, .ebusy, .eperm, .enomem])
  func `any refusal at any call leaves nothing`(errno: ErrorNumber) {
    var broken: [String] = []
    for call in Outcome(.mapAll).calls.indices {
      let outcome = Outcome(.mapAll, faults: [call: errno])
      if !outcome.isIdle { broken.append("call \(call): something is left") }
    }
    #expect(broken == [])
  }

  /// Closing everything would end in the same, so only the order of the calls shows that nothing is left to it.
  @Test func `an unmap that is refused is asked for again before anything is let go`() throws {
    let refused = try #require(Outcome(.mapAll).calls.firstIndex(of: .iommuUnmapDMA))
    let undo = Outcome(.mapAll, faults: [refused: .eio]).calls.dropFirst(refused + 1)
    #expect(undo.first == .iommuUnmapDMA)
    let unset = try #require(undo.firstIndex(of: .groupUnsetContainer))
    #expect(undo[..<unset].allSatisfy { $0 == .iommuUnmapDMA })
    #expect(undo[unset...].dropFirst().first == .close)
  }

  private func fault(of outcome: Outcome, isApplying: Bool, _ execution: ExecutionCase) -> String? {
    if !outcome.isIdle { return "something is left" }
    guard let failure = outcome.failure else {
      // The fault was met while everything was given back.
      return outcome.undo?.failures.count == 1 ? nil : "nothing was said"
    }
    guard failure.findings.count == 1, let finding = failure.findings.first else { return "no finding" }
    if finding.rule != "kernel-refused" { return finding.rule }
    if finding.place == nil { return "no place" }
    if !finding.message.contains("EIO") { return finding.message }
    return failure.undo?.isComplete == true ? nil : "the undo refused"
  }
}

@Suite struct AcceptedGuestTests {
  @Test func `an accepted guest applies on the model without a refusal`() {
    var carriedOut = 0
    var refused: [String] = []
    for seed in 0..<UInt64(Rounds.of(2000)) {
      // None of a partition: no rule rejects a default window past the host's there, which the kernel makes at 1 << 59
      // (Linux 6.12 arch/powerpc/platforms/pseries/iommu.c: is_default_window_request).
      let hosts: [ExampleHost] = [.x86, .x86, .arm, .powernv]
      let file = GuestGenerator.file(seed: seed, host: hosts[Int(seed % 4)])
      guard let execution = ExecutionCase("seed \(seed)", file.text, on: file.host) else { continue }
      let outcome = Outcome(execution)
      if !outcome.isIdle { refused.append("seed \(seed): something is left") }
      guard let failure = outcome.failure else {
        carriedOut += 1
        continue
      }
      refused.append("seed \(seed): " + failure.findings.map(\.message).joined(separator: "; "))
    }
    #expect(refused == [])
    #expect(carriedOut > Rounds.of(2000) / 10)
  }
}
