import Commands
import HostChanges
import TestSupport
import Testing
import VFIOCore

/// Whatever goes wrong under a whole command, its exit code says how the host is.
@Suite struct ApplySweepTests {
  /// Faults of one run.
  private struct Faults: CustomStringConvertible {
    var calls: [Int: ErrorNumber] = [:]
    var acts: [Int: ModelHostFiles.Fault] = [:]

    var description: String { "calls \(calls.keys.sorted()), acts \(acts)" }
  }

  private static let kinds: [ModelHostFiles.Fault] = [
    .refused(16), .refused(19), .doneButRefused(5), .withoutEffect,
  ]

  /// Carries the guest out with faults, and holds the host against the exit code.
  private func check(_ faults: Faults, expecting statuses: [Commands.ExitStatus]) {
    var machine = Assignment.machine()
    let before = machine.host.tree
    machine.probe.faults = faults.calls
    machine.host.with { $0.faults = faults.acts }
    let run = Run("vm.yaml --apply --format concise", on: &machine)
    machine.host.with { $0.faults = [:] }
    #expect(statuses.map(\.rawValue).contains(run.status), "\(faults): \(run)")
    #expect(machine.probe.isIdle, "\(faults)")
    let lines = run.error.split(separator: "\n").filter { $0.hasPrefix("  echo ") }
    #expect(lines.isEmpty == (run.status != ExitStatus.unrestored.rawValue), "\(faults)")
    switch Commands.ExitStatus(rawValue: run.status) {
    case .success?:
      for address in ["0000:01:00.0", "0000:03:00.0", "0000:03:00.1"] {
        let target = try? machine.host.target(ofLink: "/sys/bus/pci/devices/\(address)/driver")
        #expect(target?.hasSuffix("/vfio-pci") == true, "\(faults)")
      }
    case .restored?:
      #expect(run.error.contains("error: "), "\(faults)")
      #expect(machine.host.differences(from: before) == [], "\(faults)")
    case .unrestored?:
      let tree = machine.host.tree
      #expect(machine.host.run(lines.map { String($0.dropFirst(2)) }) == [], "\(faults)")
      #expect(machine.host.differences(from: before) == [], "\(faults)")
      machine.host.with { $0.tree = tree }
    default: break
    }
    // Whatever it was, everything can be given back.
    #expect(Run("release -q", on: &machine).status == ExitStatus.success.rawValue, "\(faults)")
    #expect(machine.host.differences(from: before) == [], "\(faults)")
  }

  /// How many calls and acts there are where nothing fails.
  private func counts() -> (calls: Int, acts: Int) {
    var machine = Assignment.machine()
    _ = Run("vm.yaml --apply", on: &machine)
    return (machine.probe.calls.count, machine.host.log.count)
  }

  private func sample<Element>(_ all: [Element], _ whole: Int, seed: UInt64) -> ArraySlice<Element> {
    var generator = SeededGenerator(seed: seed)
    return all.shuffled(using: &generator).prefix(Rounds.of(whole))
  }

  @Test func `whichever call of the kernel is refused, the host is as it was and nothing is open`() {
    let calls = counts().calls
    #expect(calls > 30)
    for call in 0..<calls { check(Faults(calls: [call: .eio]), expecting: [.restored]) }
  }

  @Test func `whichever two calls are refused, the host is as it was and nothing is open`() {
    let calls = counts().calls
    let pairs = (0..<calls).flatMap { first in ((first + 1)..<(calls + 12)).map { (first, $0) } }
    for (first, second) in sample(pairs, 500, seed: 1) {
      check(Faults(calls: [first: .eperm, second: .eio]), expecting: [.restored])
    }
  }

  @Test func `whichever act on the host goes wrong, it is as planned or as it was`() {
    let all = (1...counts().acts).flatMap { act in Self.kinds.map { (act, $0) } }
    for (act, kind) in sample(all, 500, seed: 2) {
      check(Faults(acts: [act: kind]), expecting: [.success, .restored])
    }
  }

  @Test func `whichever act of the undoing goes wrong after a call, the lines finish it`() {
    let (calls, acts) = counts()
    // What is undone begins where the last function was bound.
    let all = (0..<calls).flatMap { call in
      ((acts + 1)...(acts + 10)).flatMap { act in Self.kinds.map { (call, act, $0) } }
    }
    for (call, act, kind) in sample(all, 500, seed: 3) {
      check(Faults(calls: [call: .eio], acts: [act: kind]), expecting: [.restored, .unrestored])
    }
    // Sampling may miss it: the first write of the undoing is refused.
    check(Faults(calls: [3: .eio], acts: [acts + 1: .refused(16)]), expecting: [.unrestored])
  }
}
