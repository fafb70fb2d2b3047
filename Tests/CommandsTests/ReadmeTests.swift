import Commands
import Foundation
import TestSupport
import Testing

/// The README as a person follows it: files to be written, and command lines with what they print.
struct Readme {
  /// A command line after `$ `, and the lines below it.
  struct Session: Hashable {
    var command: String
    var shown: String
  }

  var files: [String: String] = [:]
  var sessions: [Session] = []
  /// Lines of shell blocks.
  var shell: [String] = []
  /// The text with what commands print now in place of what it shows.
  var refreshed = ""

  init(_ text: String) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
    var name: String?
    while let line = lines.popFirst() {
      refreshed += line + "\n"
      if line.hasPrefix("<!-- "), line.hasSuffix(" -->") { name = String(line.dropFirst(5).dropLast(4)) }
      guard line.hasPrefix("```"), line.count > 3 else { continue }
      let body = lines.prefix { $0 != "```" }
      lines = lines.dropFirst(body.count + 1)
      take(body: Array(body), language: line.dropFirst(3), name: name)
      name = nil
    }
    if refreshed.hasSuffix("\n\n") { refreshed.removeLast() }
  }

  private mutating func take(body: [String], language: Substring, name: String?) {
    switch language {
    case "yaml":
      if let name { files[name] = body.joined(separator: "\n") + "\n" }
      refreshed += body.map { $0 + "\n" }.joined()
    case "console":
      for session in Readme.sessions(body) {
        sessions.append(session)
        refreshed += "$ \(session.command)\n" + printed(session.command)
      }
    default:
      shell += body
      refreshed += body.map { $0 + "\n" }.joined()
    }
    refreshed += "```\n"
  }

  private static func sessions(_ body: [String]) -> [Session] {
    var sessions: [Session] = []
    for line in body {
      if line.hasPrefix("$ ") {
        sessions.append(Session(command: String(line.dropFirst(2)), shown: ""))
      } else if !sessions.isEmpty {
        sessions[sessions.count - 1].shown += line + "\n"
      }
    }
    return sessions
  }

  /// What a command line prints now, with the files the text has named so far.
  func printed(_ command: String) -> String {
    var files = files
    files["p9-07.json"] = Checkout.bytes("Examples/guests/power-two-bridges/host.json")
      .map { String(decoding: $0, as: UTF8.self) }
    let words = command.split(separator: " ", maxSplits: 1)
    let run = Run(words.count == 2 && words[0] == "vfioplan" ? String(words[1]) : "", files)
    return run.error + run.output
  }
}

@Suite struct ReadmeTests {
  private static let text = Checkout.bytes("README.md").map { String(decoding: $0, as: UTF8.self) } ?? ""

  @Test func `every command of the README prints what it shows`() {
    let readme = Readme(Self.text)
    #expect(readme.sessions.count >= 3)
    #expect(Checkout.agrees("README.md", with: Array(readme.refreshed.utf8)))
  }

  @Test func `every file of the README is used by a command`() {
    let readme = Readme(Self.text)
    let commands = readme.sessions.map(\.command).joined(separator: " ")
    #expect(readme.files.keys.filter { !commands.contains($0) } == [])
    #expect(!readme.files.isEmpty)
  }

  @Test func `the checks run the two commands of the README as they stand`() throws {
    let readme = Readme(Self.text)
    #expect(readme.shell.count == 2)
    let script = Checkout.bytes(".ci/run").map { String(decoding: $0, as: UTF8.self) } ?? ""
    #expect(script.contains("README.md"))
    #expect(readme.shell.last == ".ci/test")
  }
}

/// What the README lists is what the help lists.
@Suite struct ReadmeTableTests {
  private static let text = Checkout.bytes("README.md").map { String(decoding: $0, as: UTF8.self) } ?? ""
  private static let help = Run("--help", [:]).output

  /// The lines of the help between a heading and the next line that is not indented as much.
  private static func section(_ heading: String, indent: Int) -> [Substring] {
    let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0 == heading }) else { return [] }
    let prefix = String(repeating: " ", count: indent)
    return Array(lines[(start + 1)...].prefix { $0.hasPrefix(prefix) })
  }

  @Test func `the exit codes are those of the help, and those of the program`() throws {
    let row = try Regex(#"^\| ([0-9]+) \| (.*) \|$"#, as: (Substring, Substring, Substring).self)
    let readme = Self.text.split(separator: "\n").compactMap { line in
      line.firstMatch(of: row).map { "\($0.output.1) \($0.output.2)".replacing("`", with: "'") }
    }
    // A line that is folded goes on further in.
    let help = Self.section("EXIT CODES:", indent: 2).reduce(into: [String]()) { lines, line in
      let words = line.split(separator: " ").joined(separator: " ")
      if line.dropFirst(2).first?.isNumber == true {
        lines.append(words)
      } else {
        lines[lines.count - 1] += " " + words
      }
    }
    #expect(readme == help)
    let codes = Commands.ExitStatus.allCases.map(\.rawValue)
    #expect(readme.compactMap { $0.split(separator: " ").first.flatMap { Int32($0) } } == codes)
  }

  @Test func `every command stands in the table`() {
    let verbs = Self.section("SUBCOMMANDS:", indent: 2).compactMap { line -> Substring? in
      guard line.dropFirst(2).first != " " else { return nil }
      return line.split(separator: " ").first
    }
    #expect(verbs.count >= 9)
    let rows = Self.text.split(separator: "\n").filter { $0.hasPrefix("| `vfioplan") }.joined()
    #expect(
      verbs.filter { $0 != "compile" && !rows.contains("`\($0)") && !rows.contains("vfioplan \($0)") } == []
    )
  }
}
