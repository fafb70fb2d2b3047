import Diagnostics
import HostDoors

/// A machine and what the user wants to see of a run on it.
struct Session<Door: Machine> {
  /// What has become of standard output.
  private enum Output {
    case open
    /// The reader has gone; nothing more is written.
    case closed
    case failed(errno: Int32)
  }

  var machine: Door
  let prover: Prover
  let color: ColorChoice
  let isQuiet: Bool
  let isVerbose: Bool
  /// The status of a command that was run, which the program passes on where it has nothing of its own to say.
  var passedStatus: Int32?
  private var output = Output.open
  private var isShowingProgress = false
  private var lastProgress: UInt64
  /// Whether somebody still reads what is written.
  var isOutputOpen: Bool { if case .open = output { true } else { false } }

  init(machine: Door, prover: Prover, color: ColorChoice, isQuiet: Bool, isVerbose: Bool) {
    self.machine = machine
    self.prover = prover
    self.color = color
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
    self.lastProgress = machine.clock.milliseconds() + 900
  }

  // MARK: Words

  /// Writes to standard output.
  mutating func write(_ bytes: [UInt8]) {
    guard case .open = output, !bytes.isEmpty else { return }
    clearProgress()
    do throws(ConsoleError) { try machine.console.write(bytes, to: .output) } catch {
      switch error {
      case .closed: output = .closed
      case .failed(let number): output = .failed(errno: number)
      }
    }
  }

  mutating func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes to standard error; where that cannot be written there is nobody to tell.
  mutating func tell(_ text: String) {
    clearProgress()
    try? machine.console.write(Array(text.utf8), to: .error)
  }

  /// Says what is wrong with the run itself.
  mutating func complain(_ message: String, help: String? = nil) {
    let palette = palette(.error)
    var text =
      palette.paint("error", .error) + palette.paint(": " + TerminalText.escaped(message), .emphasis) + "\n"
    if let help { text += "  = help: \(TerminalText.escaped(help))\n" }
    tell(text)
  }

  /// The status of the run: what was done, unless its output was lost on the way.
  mutating func ended(_ status: ExitStatus) -> ExitStatus {
    clearProgress()
    guard case .failed(let number) = output else { return status }
    complain("standard output cannot be written: \(FileFault.system(number))")
    return .worst([status, .unreadable])
  }

  // MARK: Looks

  func palette(_ stream: ConsoleStream) -> Palette {
    switch color {
    case .always: return .coloured
    case .never: return .plain
    case .auto:
      // no-color.org: set and not empty.
      let isWanted = (machine.variable("NO_COLOR") ?? "").isEmpty && machine.variable("TERM") != "dumb"
      return isWanted && machine.console.isTerminal(stream) ? .coloured : .plain
    }
  }

  // MARK: Progress

  /// Shows on a terminal, from the first second on, what is being done.
  mutating func progress(_ text: @autoclosure () -> String) {
    guard !isQuiet, machine.console.isTerminal(.error) else { return }
    let now = machine.clock.milliseconds()
    guard now >= lastProgress + 100 else { return }
    lastProgress = now
    isShowingProgress = true
    try? machine.console.write(Array("\r\u{1b}[K\(text())".utf8), to: .error)
  }

  /// The same at once, before something known to take long.
  mutating func announce(_ text: @autoclosure () -> String) {
    guard !isQuiet, machine.console.isTerminal(.error) else { return }
    isShowingProgress = true
    try? machine.console.write(Array("\r\u{1b}[K\(text())".utf8), to: .error)
  }

  private mutating func clearProgress() {
    guard isShowingProgress else { return }
    isShowingProgress = false
    try? machine.console.write(Array("\r\u{1b}[K".utf8), to: .error)
  }
}
