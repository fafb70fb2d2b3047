import Commands
import HostChanges
import HostDoors
import TestSupport
import Testing

@Suite struct UsageTests {
  private static let classes = GuardCatalog.overridable.joined(separator: ", ")

  @Test(
    arguments: [
      ("check", "error: missing expected argument '<path> ...'"),
      ("check a.yaml --fromat json", "error: unknown option '--fromat'. Did you mean '--format'?"),
      ("check a.yaml --jobs 0", "error: '--jobs 0' is not a number above 0"),
      (
        "check a.yaml --limit depth",
        "error: '--limit depth' is not NAME=N with a number above 0, such as depth=100"
      ),
      (
        "check a.yaml --limit width=3",
        "error: there is no limit 'width'; there are: bytes, depth, nodes, scalar, key"
      ),
      (
        "check a.yaml --select slot-conflikt",
        "error: no rule has the id 'slot-conflikt'; did you mean 'slot-conflict'?"
      ),
      ("check a.yaml --quiet --verbose", "error: '--quiet' and '--verbose' exclude each other"),
      ("check - -", "error: standard input ('-') can be read once only"),
      (
        "a.yaml --emit qmu",
        "error: the value 'qmu' is invalid for '--emit <what>': it is none of plan, plan-json, steps, qemu, none; did you mean 'qemu'?"
      ),
      ("a.yaml --emit none --out x", "error: '--emit none' leaves nothing for '--out'"),
      (
        "a.yaml --apply=bnid",
        "error: the value 'bnid' is invalid for '--apply <level>'. Please provide one of 'bind', 'prove' or 'hold'."
      ),
      ("a.yaml --dry-run", "error: '--dry-run' goes with '--apply'"),
      ("a.yaml --override swap", "error: '--override' goes with '--apply'"),
      ("a.yaml --apply --host h.json", "error: '--apply' is for this machine: '--host h.json' is another"),
      ("a.yaml --apply --host none", "error: '--apply' is for this machine: '--host none' is another"),
      (
        "a.yaml --apply --emit qemu",
        "error: '--apply' carries out all of the file, so it goes without '--emit'"
      ),
      (
        "a.yaml --apply --guest vm",
        "error: '--apply' carries out all of the file, so it goes without '--guest'"
      ),
      (
        "apply p.json --override mounded",
        "error: the value 'mounded' is invalid for '--override <class>': it is none of \(classes); did you mean 'mounted'?"
      ),
      (
        "apply p.json --override root-disk",
        "error: the value 'root-disk' is invalid for '--override <class>': this guard cannot be overridden"
      ),
      ("apply a.yaml", "error: 'a.yaml' is a guest file and no saved plan"),
      ("release 0000:01:00.0", "error: '0000:01:00.0' was not taken by '--apply', or has been given back"),
      (
        "release 01:00.0",
        "error: the value '01:00.0' is invalid for '<addr>': expected a PCI address with its domain, such as 0000:01:00.0"
      ),
      ("host doctor --host none", "error: '--host none' leaves nothing to look at"),
      ("init", "error: no device is named: '--device ADDR'; 'vfioplan host list' lists them"),
      (
        "init --device 01:00.0",
        "error: the value '01:00.0' is invalid for '--device <addr>': expected a PCI address with its domain, such as 0000:01:00.0"
      ),
      ("host list --host none", "error: '--host none' leaves nothing to look at"),
      (
        "schema guset",
        "error: the value 'guset' is invalid for '<name>'. Please provide one of 'guest', 'host', 'plan' or 'findings'."
      ),
    ]
  )
  func `a command line that cannot be carried out is told so, and ends in 2`(line: String, words: String) {
    let run = Run(line, ["a.yaml": Guests.clean])
    #expect(run.error.split(separator: "\n").first.map(String.init) == words)
    #expect(Run(.usage, error: run.error) == run)
  }

  @Test(arguments: ["", "host"])
  func `a command without its verb shows the help, on standard error`(line: String) {
    let run = Run(line, [:])
    #expect(run.status == ExitStatus.usage.rawValue)
    #expect(run.output.isEmpty)
    #expect(run.error.hasPrefix("OVERVIEW: "))
  }

  @Test(
    arguments: [
      "compile", "check", "apply", "release", "host", "host snapshot", "host list", "host doctor", "init",
      "explain", "rules", "schema", "",
    ]
  )
  func `help is on standard output and teaches by examples`(verb: String) {
    let run = Run("\(verb) --help", [:])
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.error.isEmpty)
    #expect(run.output.contains("EXAMPLES:\n  vfioplan "))
  }

  @Test func `the version is one line`() {
    #expect(Run("--version", [:]) == Run(.success, output: "vfioplan \(Program.version)\n"))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions come for every shell`(shell: String) {
    let run = Run("--generate-completion-script \(shell)", [:])
    #expect(run.status == ExitStatus.success.rawValue)
    #expect(run.output.contains("same-host"))
  }

  @Test func `a word that is no file is perhaps a command`() {
    #expect(
      Run("chekc", [:])
        == Run(
          .unreadable,
          error: """
            error: 'chekc' cannot be read: there is no such file [input-unreadable]
               = help: did you mean the command 'check'?
            chekc: 1 error, 0 warnings; no plan is made

            """
        )
    )
  }
}

@Suite struct ConsoleTests {
  private func machine(_ terminals: Set<ConsoleStream>, _ variables: [String: String] = [:]) -> MemoryMachine<
    MemoryWorkers
  > {
    var machine = MemoryMachine(["a.yaml": Guests.slip])
    machine.console.terminals = terminals
    machine.variables = variables
    return machine
  }

  @Test(
    arguments: [
      ("", [], [:], false), ("", [.output], [:], true), ("", [.error], [:], false),
      ("", [.output], ["NO_COLOR": "1"], false), ("", [.output], ["NO_COLOR": ""], true),
      ("", [.output], ["TERM": "dumb"], false), ("--color always", [], ["NO_COLOR": "1"], true),
      ("--color never", [.output], [:], false),
    ] as [(String, Set<ConsoleStream>, [String: String], Bool)]
  )
  func `colours are for a terminal, unless something else is said`(
    options: String,
    terminals: Set<ConsoleStream>,
    variables: [String: String],
    isColoured: Bool
  ) {
    let run = Run("check a.yaml --host none --quiet \(options)", on: machine(terminals, variables))
    #expect(run.output.contains("\u{1b}[") == isColoured)
    #expect(run.error.isEmpty)
  }

  @Test func `nothing is said past a closed pipe, and the exit code stays that of the findings so far`() {
    var machine = MemoryMachine(["a.yaml": Guests.slip, "b.yaml": Guests.slip])
    machine.console.fault = .closed
    #expect(Run("check a.yaml b.yaml --host none --quiet", on: machine) == Run(.findings))
  }

  @Test func `output that is lost is an error`() {
    var machine = MemoryMachine(["a.yaml": Guests.clean])
    machine.console.fault = .failed(errno: 28)
    #expect(
      Run("schema guest", on: machine)
        == Run(.unreadable, error: "error: standard output cannot be written: no space left on the device\n")
    )
  }

  @Test func `progress is shown on a terminal only, after a second, and wiped away`() {
    let files = Dictionary(uniqueKeysWithValues: (0..<30).map { ("g/\($0).yaml", Guests.clean) })
    var machine = MemoryMachine(files)
    machine.clock = MemoryClock(step: 100)
    #expect(Run("check g --host none", on: machine).error == "checked 30 files: 0 errors, 0 warnings\n")
    machine.clock = MemoryClock(step: 100)
    machine.console.terminals = [.error]
    let error = Run("check g --host none", on: machine).error
    let wipe = "\r\u{1b}[K"
    #expect(error.hasPrefix("\(wipe)reading file "))
    #expect(error.hasSuffix("\(wipe)checked 30 files: 0 errors, 0 warnings\n"))
  }
}
