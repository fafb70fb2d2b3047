import Commands
import Foundation
import HostDoors
import RemoteHost
import TestSupport
import Testing
import VFIOCore

/// A machine whose host lies behind `far`, and that has none itself.
private struct Pair {
  /// The host, whose doors a run may also use without an agent.
  var host = Assignment.machine()
  var agent: ModelAgent
  private var near: MemoryMachine<MemoryWorkers>

  init(limit: Int? = nil) {
    agent = ModelAgent(host, limit: limit)
    near = MemoryMachine(["vm.yaml": Assignment.text])
    near.agents = ["far": agent]
  }

  /// The same host behind an agent that lives.
  init(resuming other: Pair) {
    host = other.host
    agent = ModelAgent(host)
    near = MemoryMachine(["vm.yaml": Assignment.text])
    near.agents = ["far": agent]
  }

  mutating func run(_ line: String) -> Run {
    let run = Run(line, on: &near)
    // Nothing is asked of the machine that is near.
    #expect(near.host.log == [])
    #expect(near.probe.count == 0)
    return run
  }

  var files: [String: String] { near.files.texts }
}

@Suite struct ViaTests {
  /// A line that looks at a host and changes nothing.
  @Test(arguments: [
    "host snapshot", "host list", "host doctor", "host doctor --format json", "vm.yaml",
    "check vm.yaml --host live",
    "vm.yaml --host live --emit plan-json", "vm.yaml --apply --dry-run", "init --device 0000:01:00.0",
    "release",
  ])
  func `a line far away comes to what it comes to on that host`(line: String) {
    var pair = Pair()
    let there = Run(
      line.hasPrefix("vm.yaml") && !line.contains("--") ? "\(line) --host live" : line,
      on: pair.host
    )
    #expect(pair.run("\(line) --via far") == there)
    #expect(pair.host.host.log == [])
  }

  @Test func `a guest is carried out far away, a second time without a write, and given back`() {
    var pair = Pair()
    let before = pair.host.host.tree
    #expect(
      pair.run("vm.yaml --apply --via far").unnamed
        == Run(
          .success,
          output: Assignment.shown
            + "plan PLAN is applied: 3 functions bound, 1 container proven; bindings end with a reboot\n"
        )
    )
    #expect(pair.host.probe.calls.contains(.iommuMapDMA))
    #expect(pair.host.probe.isIdle)
    let log = pair.host.host.log
    // The same acts in the same order as on the host itself.
    let other = Assignment.machine()
    _ = Run("vm.yaml --apply", on: other)
    #expect(log == other.host.log)
    #expect(pair.run("release --via far") == Run(.success, output: "3 functions given back\n"))
    #expect(pair.host.host.differences(from: before) == [])
  }

  @Test func `a saved plan is carried out far away, or refused as stale`() {
    var pair = Pair()
    #expect(pair.run("vm.yaml --via far --out vm.json").status == ExitStatus.success.rawValue)
    #expect(pair.run("apply vm.json --via far --level bind").status == ExitStatus.success.rawValue)
    #expect(pair.run("release --via far").status == ExitStatus.success.rawValue)
    pair.host.host.unplug("0000:01:00.0")
    #expect(pair.run("apply vm.json --via far").status == ExitStatus.stale.rawValue)
  }

  private static let lost = """
    error: the host behind '--via' got lost: the stream to the agent ended
      = help: the agent there ends with its stream and closes all it had open; what was bound stays bound until 'release --via' gives it back
      Connection to p9 closed.\\u{1b}

    """

  @Test func `a stream cut at any request of an apply is said, and nothing is claimed that is not so`() {
    var whole = Pair()
    _ = whole.run("vm.yaml --apply --via far")
    let asked = whole.agent.asked
    let firstWrite = asked.firstIndex(of: .attributeWrite) ?? 0
    #expect(asked.count > 100)
    let cuts =
      Rounds.of(asked.count) >= asked.count
      ? Array(1..<asked.count) : stride(from: 1, to: asked.count, by: 7).map { $0 }
    for cut in cuts {
      var pair = Pair(limit: cut)
      let before = pair.host.host.tree
      let run = pair.run("vm.yaml --apply --via far")
      let status = ExitStatus(rawValue: run.status)
      #expect(run.error.hasSuffix(ViaTests.lost), "cut after \(cut): \(run)")
      // As far as it got nothing is applied, but for a cut behind the last that matters: giving the lock back.
      #expect(status != .success, "cut after \(cut)")
      guard cut > firstWrite else {
        // A write that was never answered may have been carried out, whatever this model knows of it.
        let isAsked = cut + 1 >= firstWrite
        let claims: [Commands.ExitStatus?] = isAsked ? [.restored, .unrestored] : [.unreadable, .restored]
        #expect(claims.contains(status), "cut after \(cut): \(run)")
        #expect(pair.host.host.differences(from: before) == [], "cut after \(cut)")
        continue
      }
      #expect(status == .unrestored || status == .unreadable, "cut after \(cut): \(run)")
      // What was left can be given back by an agent that lives.
      var next = Pair(resuming: pair)
      #expect(next.run("release --via far").status == ExitStatus.success.rawValue, "cut after \(cut)")
      #expect(pair.host.host.differences(from: before) == [], "cut after \(cut)")
    }
  }

  @Test func `a snapshot that is cut is none`() {
    var pair = Pair(limit: 40)
    #expect(
      pair.run("host snapshot --via far --out host.json")
        == Run(
          .unreadable,
          error: "error: the host facts cannot be read: the stream to the host has ended\n" + ViaTests.lost
        )
    )
    #expect(pair.files.keys.sorted() == ["vm.yaml"])
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var words: [String]
    var error: String
    var testDescription: String { words.joined(separator: " ") }
  }

  @Test(arguments: [
    Refusal(
      words: ["host", "list", "--via", "nobody x"],
      error: "error: 'nobody' cannot be started: there is no such file\n"
    ),
    Refusal(
      words: ["vm.yaml", "--via", "far", "--host", "h.json"],
      error: "'--via' leads to the host, and '--host h.json' is another"
    ),
    Refusal(words: ["host", "list", "--via", "'a b"], error: "a ' in '--via' has no other end"),
    Refusal(
      words: ["host", "list", "--via", " "],
      error: "'--via' names no program, such as 'ssh p9 vfio-agent'"
    ),
    Refusal(words: ["rules", "--via", "far"], error: "unknown option '--via'"),
  ])
  func `a way that leads nowhere is said`(_ refusal: Refusal) {
    var machine = MemoryMachine(["vm.yaml": Assignment.text])
    let run = Run(words: refusal.words, on: &machine)
    #expect(run.status == (refusal.words[2] == "--via" && refusal.words[3].hasPrefix("nobody") ? 4 : 2))
    #expect(run.error.contains(refusal.error), "\(run)")
  }

  @Test(arguments: [
    ("ssh p9 vfio-agent", ["ssh", "p9", "vfio-agent"]), ("  a\t b  ", ["a", "b"]),
    ("ssh -o 'User=a b' \"x y\"'z' ''", ["ssh", "-o", "User=a b", "x yz", ""]),
    ("a$b `c` \\d", ["a$b", "`c`", "\\d"]),
  ])
  func `words are split at blanks and by nothing else`(_ text: String, _ words: [String]) {
    // What starts is what the words say: the program that prints them.
    var machine = MemoryMachine()
    let run = Run(words: ["host", "list", "--via", text], on: &machine)
    #expect(run.error.hasPrefix("error: '\(words[0])' cannot be started"))
    #expect(machine.started.words == [words])
  }
}
