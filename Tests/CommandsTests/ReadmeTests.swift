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
