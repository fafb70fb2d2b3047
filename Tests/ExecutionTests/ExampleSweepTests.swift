import Diagnostics
import Execution
import Foundation
import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// Every plan of `Examples`, on the model of its host's kernel.
@Suite struct ExampleSweepTests {
  /// Examples that have a plan: all but those that fail.
  private static let names = [
    "arm-virt", "power-two-bridges", "q35-gpu", "q35-guest-visible", "q35-iommufd", "several-guests",
  ]

  /// The error numbers that the pages of the domain list for the calls of VFIO and iommufd.
  private static let errors: [ErrorNumber] = [
    .eperm, .enoent, .eintr, .eio, .enxio, .enomem, .eacces, .efault, .ebusy, .eexist, .enodev, .einval,
    .enotty,
    .enospc, .eaddrinuse, .eopnotsupp,
  ]

  /// Refusals that are an answer: of a region or an interrupt the function has not, of a container where another may take the group, of
  /// a version of a model.
  private static let answers: [Call: [ErrorNumber]] = [
    .deviceGetRegionInfo: [.einval], .deviceGetIRQInfo: [.einval], .groupSetContainer: [.einval, .ebusy],
    .setIOMMU: [.einval],
  ]

  @Test func `every example with a plan is swept`() throws {
    let folder = Checkout.root.appendingPathComponent("Examples/guests")
    let all = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(all.filter { !$0.hasPrefix("fails-") }.sorted() == Self.names)
  }

  @Test(arguments: names, [Level.prove, .hold])
  func `an example is carried out and given back whole`(name: String, level: Level) throws {
    let outcome = Outcome(try #require(ExecutionCase(example: name)), level: level)
    #expect(outcome.failure == nil)
    #expect(outcome.undo?.failures == [])
    #expect(outcome.isIdle)
  }

  /// Each call refused with each error number, and then a second call of the undo too.
  @Test(arguments: names, [Level.prove, .hold])
  func `whatever call of an example is refused, and how, nothing is left and it is said`(
    name: String,
    level: Level
  ) throws {
    let execution = try #require(ExecutionCase(example: name))
    let calls = Outcome(execution, level: level).calls
    var broken: [String] = []
    for (position, call) in calls.enumerated() {
      for errno in Self.errors {
        let outcome = Outcome(execution, level: level, faults: [position: errno])
        let what = "call \(position) \(call) \(errno.name)"
        if !outcome.isIdle { broken.append("\(what): something is left") }
        guard !Self.isSaid(outcome, errno), Self.answers[call]?.contains(errno) != true else { continue }
        broken.append("\(what): \(outcome.failure?.findings.map(\.message) ?? ["nothing was said"])")
      }
      let undone = Outcome(execution, level: level, faults: [position: .eio]).calls
      for second in undone.indices.dropFirst(position + 1) {
        let twice = Outcome(execution, level: level, faults: [position: .eio, second: .ebusy])
        if !twice.isIdle { broken.append("calls \(position) \(call) and \(second): something is left") }
      }
    }
    #expect(broken == [])
  }

  /// The step's line, the call and the error number, or where everything was given back the refusal in its report, before any that
  /// followed from it.
  private static func isSaid(_ outcome: Outcome, _ errno: ErrorNumber) -> Bool {
    guard let failure = outcome.failure else { return outcome.undo?.failures.first?.errno == errno }
    guard failure.findings.count == 1, let finding = failure.findings.first else { return false }
    return finding.place != nil && finding.message.contains(errno.name)
  }
}
