import Diagnostics
import HostDoors
import YAMLSyntax

/// Checks files and plans nothing.
struct CheckVerb: Verb {
  /// Files and folders; '-' is standard input.
  var paths: [String] = []
  var isSameHost = false
  /// How many files are checked at once; nil is all processors.
  var jobs: Int?
  var host: String?
  var finding = FindingStyle()
  var selection = FindingSelection.all
  var limits = YAMLLimits()
  var via = Via()
  var display = Display()

  var fault: String? {
    if let fault = display.fault ?? via.fault(beside: host) { return fault }
    if let jobs, jobs < 1 { return "'--jobs \(jobs)' is not a number above 0" }
    let inputs = paths.count { $0 == "-" } + (host == "-" ? 1 : 0)
    return paths.contains("-") && inputs > 1 ? "standard input ('-') can be read once only" : nil
  }

  // MARK: Words

  var isComplete: Bool { !paths.isEmpty }

  mutating func take(operand word: String) -> Bool {
    paths.append(word)
    return true
  }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--same-host": isSameHost = true
    case "--jobs": jobs = words.value { Int($0) }
    case "--host": host = words.value()
    default:
      return finding.take(option: name, &words) || selection.take(option: name, &words)
        || limits.take(option: name, &words) || via.take(option: name, &words)
    }
    return true
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let choice = HostChoice(via.host(host))
    let facts = choice.facts(on: session.machine, limits: limits)
    if let facts, let complaint = choice.complaint(facts) {
      session.complain(complaint)
      return .unreadable
    }
    let run = CheckRun(
      places: InputWalk.places(paths, through: session.machine.files),
      limits: limits,
      choice: choice,
      given: facts,
      jobs: jobs ?? session.machine.workers.processors,
      isTogether: isSameHost,
      checker: Checker(
        today: session.machine.clock.today(),
        isStrict: finding.isStrict,
        selection: selection
      ),
      printer: FindingPrinter(
        format: finding.format,
        palette: session.palette(.output),
        isQuiet: session.isQuiet,
        isVerbose: session.isVerbose
      )
    )
    guard !run.places.isEmpty else {
      session.complain("no .yaml or .yml file lies below \(paths.joined(separator: ", "))")
      return .unreadable
    }
    return run.carryOut(in: &session)
  }
}
