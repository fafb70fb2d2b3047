import ArgumentParser
import Diagnostics
import HostDoors
import YAMLSyntax

/// Checks files and plans nothing.
struct CheckCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check many files or folders.",
    discussion: """
      A folder stands for the .yaml and .yml files below it. Each file is checked against the snapshot it names \
      ('host.snapshot', below its own folder; nothing else is opened), or against '--host'.

      EXAMPLES:
        vfioplan check db1.yaml
        vfioplan check guests/ --jobs 2 --format concise
        vfioplan check a.yaml b.yaml --same-host --host p9.json
        vfioplan check guests/ --strict --ignore 'papr-spread-*'
        generate | vfioplan check -

      Findings are written to standard output, the last line to standard error. '--select' and '--ignore' take ids \
      or stems with a star; 'vfioplan rules' lists the ids.
      """
  )

  @Argument(help: ArgumentHelp("Files or folders; '-' is standard input.", valueName: "path"))
  var paths: [String]

  @Flag(help: "Check files that name the same host together: devices, groups and memory used twice.")
  var sameHost = false

  @Option(
    help: ArgumentHelp(
      "How many files are checked at once; all processors where it is left out.",
      valueName: "n"
    )
  )
  var jobs: Int?

  @OptionGroup var host: HostOptions
  @OptionGroup var finding: FindingOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var limit: LimitOptions
  @OptionGroup var display: DisplayOptions

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("'--jobs \(jobs)' is not a number above 0") }
    if paths.filter({ $0 == "-" }).count > 1 || paths.contains("-") && host.host == "-" {
      throw ValidationError("standard input ('-') can be read once only")
    }
  }

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    // Both were read once by 'validate'.
    guard let limits = try? limit.limits(), let selection = try? selection.selection() else { return .usage }
    let choice = HostChoice(host.host)
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
      isTogether: sameHost,
      checker: Checker(today: session.machine.clock.today(), isStrict: finding.strict, selection: selection),
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
