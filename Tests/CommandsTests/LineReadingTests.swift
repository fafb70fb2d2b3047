import Commands
import Foundation
import TestSupport
import Testing

/// The plain reader and the parser understand the same by every line the former takes.
@Suite struct LineReadingTests {
  /// What the parser says of itself ('--experimental-dump-help').
  private struct Dump: Decodable {
    struct Command: Decodable {
      var commandName: String
      var arguments: [Argument]?
      var subcommands: [Command]?
    }

    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }

      var kind: String
      var names: [Name]?
    }

    var command: Command
  }

  /// A verb with its options, as the parser knows them.
  private struct Known {
    var verb: [String]
    var options: [(name: String, hasValue: Bool)]
  }

  private static func known() throws -> [Known] {
    let text = Run("--experimental-dump-help", [:]).output
    return verbs(try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command, [])
  }

  private static func verbs(_ command: Dump.Command, _ path: [String]) -> [Known] {
    let inner = (command.subcommands ?? []).filter { $0.commandName != "help" }
    guard inner.isEmpty else { return inner.flatMap { verbs($0, path + [$0.commandName]) } }
    let options = (command.arguments ?? []).flatMap { argument in
      (argument.names ?? []).filter { $0.kind == "long" && !["help", "version"].contains($0.name) }
        .map { ("--\($0.name)", argument.kind == "option") }
    }
    return [Known(verb: path, options: options)]
  }

  /// A right value of each option.
  private static let values: [String: [String]] = [
    "--apply": ["bind", "prove", "hold"], "--color": ["always", "auto", "never"],
    "--device": ["0000:01:00.0", "0001:01:00.1"], "--emit": ["plan", "plan-json", "qemu", "none"],
    "--form": ["lines", "json", "shell"], "--format": ["text", "json"], "--guest": ["vm1", "check"],
    "--host": ["live", "none", "h.json", "-"], "--ignore": ["slot-conflict", "papr-*, slot-conflict"],
    "--jobs": ["1", "2", "+3"], "--level": ["bind", "prove", "hold"], "--limit": ["depth=100", "bytes=1"],
    "--machine": ["q35"], "--memory": ["16GiB"], "--out": ["x", "-", "release"],
    "--override": ["mounted", "swap"], "--peer": ["me"], "--properties": ["json", "comma"],
    "--select": ["slot-*"], "--socket": ["/run/a"], "--tree": ["t"], "--via": ["far", "ssh p9 vfio-agent"],
  ]

  /// What else a right line of the verb has.
  private static let rest: [String: [String]] = [
    "apply": ["p.json"], "check": ["a.yaml"], "compile": ["a.yaml"], "explain": ["slot-conflict"],
    "init": ["--device", "0000:01:00.0"], "schema": ["guest"],
  ]

  /// What an option cannot go without.
  private static let companions = [
    "--dry-run": ["--apply"], "--override": ["--apply"], "--socket": ["--apply=hold"],
    "--peer": ["--apply=hold", "--socket", "/run/a"],
  ]

  /// The same beside a saved plan.
  private static let companionsOfPlan = [
    "--socket": ["--level", "hold"], "--peer": ["--level", "hold", "--socket", "/run/a"],
  ]

  @Test func `every option the parser knows is read plainly, in each of its forms`() throws {
    let known = try LineReadingTests.known()
    #expect(known.map { $0.verb.joined(separator: " ") }.contains("host doctor"))
    for verb in known {
      for (name, hasValue) in verb.options {
        var line = verb.verb + (LineReadingTests.rest[verb.verb[0]] ?? [])
        if verb.verb == ["compile"] { line += LineReadingTests.companions[name] ?? [] }
        if verb.verb == ["apply"] { line += LineReadingTests.companionsOfPlan[name] ?? [] }
        let value = hasValue ? try #require(LineReadingTests.values[name]?.first, "\(name) has a value") : nil
        let forms = value.map { [["\(name)=\($0)"], [name, $0]] } ?? [[name]]
        for form in forms where form != ["--device=0000:01:00.0"] && form != ["--apply", "bind"] {
          let reading = LineReading(line + form)
          #expect(reading.plain != nil, "\(line + form)")
          #expect(reading.plain == reading.whole, "\(line + form)")
        }
      }
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `whatever is read plainly is what the parser reads`(seed: UInt64) throws {
    let known = try LineReadingTests.known()
    var generator = SeededGenerator(seed: seed)
    var plain = 0
    let count = Rounds.of(5000)
    for _ in 0..<count {
      let line = LineReadingTests.line(known, &generator)
      let reading = LineReading(line)
      guard let understood = reading.plain else { continue }
      plain += 1
      #expect(understood == reading.whole, "seed \(seed): \(line)")
    }
    // A reader that takes nothing agrees with every other.
    #expect(plain > count / 8)
  }

  /// A line that is mostly right: a verb, what it needs, some of its options, and now and then a word from elsewhere.
  private static func line(_ known: [Known], _ generator: inout SeededGenerator) -> [String] {
    let verb = known[Int.random(in: 0..<known.count, using: &generator)]
    var line = verb.verb == ["compile"] && Bool.random(using: &generator) ? [] : verb.verb
    var parts = [rest[verb.verb[0]] ?? []]
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      guard let (name, hasValue) = verb.options.randomElement(using: &generator) else { break }
      guard hasValue, let value = values[name]?.randomElement(using: &generator) else {
        parts.append([name])
        continue
      }
      parts.append(Bool.random(using: &generator) ? [name, value] : ["\(name)=\(value)"])
    }
    if Int.random(in: 0..<4, using: &generator) == 0 {
      let strange = [
        "--", "-", "", "-q", "-v", "-qv", "--jobs", "--jobs=", "--quiet=yes", "--nothing", "help", "check",
        "--help", "-h", "--apply", "--apply=", "--out=", "b.yaml", "host", "0000:01:00.0", "=", "--=",
        "--out=a=b",
        "--limit", "depth", "-1", "--host=--x", "é", "--Quiet", "list", "---quiet",
      ]
      parts.append([strange[Int.random(in: 0..<strange.count, using: &generator)]])
    }
    parts.shuffle(using: &generator)
    line += parts.flatMap(\.self)
    return line
  }
}
