import ArgumentParser
import Diagnostics
package import HostDoors

/// A command that does something, on whatever machine it is handed.
protocol Verb: ParsableCommand {
  var display: DisplayOptions { get }
  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus
}

/// The program: a command line and a machine in, an exit code out.
package enum Program {
  /// The version of the program.
  package static let version = "0.1.0"

  /// Columns that help is folded to; the same on every terminal, so that a page can be cited.
  private static let columns = 100

  /// Carries out one command line.
  ///
  /// - Parameters:
  ///   - arguments: the words after the program's name.
  ///   - machine: where files are read and words are written.
  /// - Returns: the exit code.
  package static func run(_ arguments: [String], on machine: inout some Machine) -> Int32 {
    guard !arguments.isEmpty else {
      return finish(RootCommand.helpMessage(columns: columns) + "\n", .error, .usage, on: &machine)
    }
    do {
      var command = try verb(arguments) ?? RootCommand.parseAsRoot(arguments)
      if let verb = command as? any Verb { return run(verb, on: &machine) }
      if command is HostCommand {
        let help = RootCommand.helpMessage(for: HostCommand.self, columns: columns) + "\n"
        return finish(help, .error, .usage, on: &machine)
      }
      // The parser's own command shows help by an error that is none.
      try command.run()
      return ExitStatus.success.rawValue
    } catch {
      let text = RootCommand.fullMessage(for: error, columns: columns) + "\n"
      guard RootCommand.exitCode(for: error) != .success else {
        return finish(text, .output, .success, on: &machine)
      }
      return finish(complaint(text), .error, .usage, on: &machine)
    }
  }

  /// The command of a line that begins with a verb and is right.
  ///
  /// The root would come to the same, but reads the words twice: for itself with all its options, and for the verb. What
  /// is wrong is left to it, since its complaints name the whole command.
  private static func verb(_ arguments: [String]) -> (any ParsableCommand)? {
    guard let name = arguments.first,
      let verb = RootCommand.configuration.subcommands.first(where: { $0._commandName == name })
    else { return nil }
    return try? verb.parseAsRoot(Array(arguments.dropFirst()))
  }

  private static func run<Door: Machine>(_ verb: some Verb, on machine: inout Door) -> Int32 {
    let display = verb.display
    var session = Session(
      machine: machine,
      color: display.color,
      isQuiet: display.quiet,
      isVerbose: display.verbose
    )
    let status = session.ended(verb.run(in: &session))
    machine = session.machine
    return status.rawValue
  }

  /// Writes a text that came from the reading of the command line.
  private static func finish<Door: Machine>(
    _ text: String,
    _ stream: ConsoleStream,
    _ status: ExitStatus,
    on machine: inout Door
  ) -> Int32 {
    var session = Session(machine: machine, color: .auto, isQuiet: false, isVerbose: false)
    switch stream {
    case .output: session.write(text)
    case .error: session.tell(text)
    }
    let ended = session.ended(status)
    machine = session.machine
    return ended.rawValue
  }

  /// The parser's words in the form of all others.
  private static func complaint(_ text: String) -> String {
    let prefix = "Error: "
    guard text.hasPrefix(prefix) else { return text }
    var message = text.dropFirst(prefix.count)
    guard let first = message.first else { return text }
    message = message.dropFirst()
    return "error: " + first.lowercased() + TerminalText.escapedLines(message)
  }
}

extension TerminalText {
  /// Lines that may hold words of a stranger, each made fit for a terminal.
  fileprivate static func escapedLines(_ text: Substring) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped($0) }.joined(separator: "\n")
  }
}
