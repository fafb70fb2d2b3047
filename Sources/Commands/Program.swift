import ArgumentParser
import Diagnostics
package import HostDoors
package import VFIOCore

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
  ///   - kernel: makes what plans are carried out on; asked only where one is.
  /// - Returns: the exit code.
  package static func run<VFIO: Kernel & ~Copyable>(
    _ arguments: [String],
    on machine: inout some Machine,
    kernel: @escaping () -> VFIO
  ) -> Int32 {
    let prover = Prover(kernel)
    if let verb = PlainLine.read(arguments) { return run(verb, prover, on: &machine) }
    guard !arguments.isEmpty else {
      return finish(RootCommand.helpMessage(columns: columns) + "\n", .error, .usage, prover, on: &machine)
    }
    do {
      var command = try parse(arguments)
      if let command = command as? any VerbCommand { return run(try command.verb(), prover, on: &machine) }
      if command is HostCommand {
        let help = RootCommand.helpMessage(for: HostCommand.self, columns: columns) + "\n"
        return finish(help, .error, .usage, prover, on: &machine)
      }
      // The parser's own command shows help by an error that is none.
      try command.run()
      return ExitStatus.success.rawValue
    } catch {
      let text = RootCommand.fullMessage(for: error, columns: columns) + "\n"
      guard RootCommand.exitCode(for: error) != .success else {
        return finish(text, .output, .success, prover, on: &machine)
      }
      return finish(complaint(text), .error, .usage, prover, on: &machine)
    }
  }

  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    try RootCommand.parseAsRoot(ApplyLevel.written(arguments))
  }

  /// What the parser makes of a line that asks for a verb.
  static func verb(_ arguments: [String]) throws -> (any Verb)? {
    guard let command = try parse(arguments) as? any VerbCommand else { return nil }
    return try command.verb()
  }

  private static func run<Door: Machine>(_ verb: some Verb, _ prover: Prover, on machine: inout Door) -> Int32
  {
    guard verb.via.isThisMachine else { return FarRun.carryOut(verb, prover, on: &machine) }
    return carryOut(verb, prover, on: &machine) { _, status in status }
  }

  /// Carries a verb out on a machine.
  ///
  /// - Parameters:
  ///   - verb: what is asked for.
  ///   - prover: what plans are proven on.
  ///   - machine: the machine.
  ///   - end: told of the status at the end, while there is somebody to tell something; gives the one the run has.
  /// - Returns: the exit code.
  static func carryOut<Door: Machine>(
    _ verb: some Verb,
    _ prover: Prover,
    on machine: inout Door,
    end: (inout Session<Door>, ExitStatus) -> ExitStatus
  ) -> Int32 {
    let display = verb.display
    var session = Session(
      machine: machine,
      prover: prover,
      color: display.color,
      isQuiet: display.isQuiet,
      isVerbose: display.isVerbose
    )
    let status = session.ended(end(&session, verb.run(in: &session)))
    machine = session.machine
    return status == .success ? session.passedStatus ?? status.rawValue : status.rawValue
  }

  /// Writes a text that came from the reading of the command line.
  private static func finish<Door: Machine>(
    _ text: String,
    _ stream: ConsoleStream,
    _ status: ExitStatus,
    _ prover: Prover,
    on machine: inout Door
  ) -> Int32 {
    var session = Session(machine: machine, prover: prover, color: .auto, isQuiet: false, isVerbose: false)
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
