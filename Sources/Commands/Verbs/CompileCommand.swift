import ArgumentBackends
import ArgumentParser
import Diagnostics
import HostDoors
import VFIOPlan
import YAMLSyntax

/// Checks one file and plans it.
struct CompileCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Check a guest file and print its plan; 'vfioplan FILE' does the same.",
    discussion: """
      Findings are written to standard error, the plan to standard output. Nothing on the host is changed without \
      '--apply'.

      WHAT IS PRINTED ('--emit'):
        plan        the plan for a person to read; with '--verbose' each decision and its reason
        plan-json   the same as a document: exactly what is carried out
        steps       what the VFIO core does, in order
        qemu        a fragment of arguments for QEMU: machine, memory, guest IOMMU, bridges, ports, devices
        none        nothing; the findings alone

      '--out FILE' alone saves the plan as a document and still prints it for a person; together with '--emit' it \
      writes what is emitted. The file is written whole or not at all.

      WHICH HOST ('--host'):
        live        this machine
        FILE        a snapshot of 'vfioplan host snapshot'
        DIR         a saved tree: a folder that holds 'sys', 'proc' and 'dev'
        none        no host at all
      Where it is left out, the snapshot the file names: 'host.snapshot', below the file's own folder.

      CARRYING IT OUT ('--apply=LEVEL', on this machine, as root):
        bind        functions are bound to their drivers: all of them, or none
        prove       then groups are opened, containers built and their edges mapped and unmapped; then all is let go
      '--apply' alone is '--apply=prove'. What the host lives on is never taken: guards look before the first write. \
      Bindings end with a reboot; 'vfioplan release' gives everything back before.

      EXAMPLES:
        vfioplan db1.yaml
        vfioplan db1.yaml --apply --dry-run
        vfioplan db1.yaml --apply
        vfioplan db1.yaml --host live --detailed-exitcode
        vfioplan db1.yaml --out db1.plan.json
        vfioplan db1.yaml --emit qemu --annotate
        vfioplan guests.yaml --emit qemu --guest db1 --form shell --out db1.sh
        generate | vfioplan - --host p9.json
      """
  )

  @ArgumentParser.Argument(help: ArgumentHelp("The guest file; '-' is standard input.", valueName: "file"))
  var file: String

  @Option(
    help: ArgumentHelp("What is printed: plan, plan-json, steps, qemu, none.", valueName: "what"),
    transform: CompileCommand.emission
  )
  var emit: Emission?

  @Flag(help: "Say with each argument, or decision, where it comes from and why.")
  var annotate = false

  @Option(help: ArgumentHelp("Print the part of this guest only; all are checked.", valueName: "name"))
  var guest: [String] = []

  @Option(help: ArgumentHelp("Write to this file, whole or not at all.", valueName: "file"))
  var out: String?

  @Option(
    help: ArgumentHelp("How arguments are laid out: lines, line, shell, json.", valueName: "form"),
    transform: { try CompileCommand.word($0) }
  )
  var form = ArgumentForm.lines

  @Option(
    help: ArgumentHelp(
      "How devices are spelled: json, comma; what the version reads where it is left out.",
      valueName: "form"
    ),
    transform: { try CompileCommand.word($0) }
  )
  var properties: PropertyForm?

  @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 3 where drivers would be changed.")
  var isExitCodeDetailed = false

  @Option(
    help: ArgumentHelp(
      "Carry the plan out on this machine: '--apply', or '--apply=bind' for the drivers alone.",
      valueName: "level"
    )
  )
  var apply: ApplyLevel?

  @OptionGroup var application: ApplyOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var finding: FindingOptions
  @OptionGroup var limit: LimitOptions
  @OptionGroup var display: DisplayOptions

  func validate() throws {
    if file == "-" && host.host == "-" { throw ValidationError("standard input ('-') can be read once only") }
    if emit == Emission.none && out != nil {
      throw ValidationError("'--emit none' leaves nothing for '--out'")
    }
    if apply == nil { try validateShowing() } else { try validateApplying() }
  }

  private func validateShowing() throws {
    if application.isDryRun { throw ValidationError("'--dry-run' goes with '--apply'") }
    if !application.overrides.isEmpty { throw ValidationError("'--override' goes with '--apply'") }
  }

  private func validateApplying() throws {
    if let host = host.host, host != "live" {
      throw ValidationError("'--apply' is for this machine: '--host \(host)' is another")
    }
    let others = [
      ("--emit", emit != nil), ("--out", out != nil), ("--guest", !guest.isEmpty), ("--annotate", annotate),
      ("--detailed-exitcode", isExitCodeDetailed),
    ]
    for (name, isGiven) in others where isGiven {
      throw ValidationError("'--apply' carries out all of the file, so it goes without '\(name)'")
    }
  }

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    guard let limits = try? limit.limits() else { return .usage }
    let compilation = Compilation(
      place: InputPlace(file),
      choice: HostChoice(apply == nil ? host.host : "live"),
      limits: limits,
      finding: finding
    )
    switch compilation.plan(apply == nil ? .here : .withLater, in: &session) {
    case .failure(let refusal): return refusal.status
    case .success(let made):
      guard let apply else { return print(made.plan, in: &session) }
      let application = Application(
        plan: made.plan,
        level: apply,
        overrides: self.application.overrides,
        texts: made.texts,
        format: finding.format,
        earlier: made.findings
      )
      return self.application.isDryRun
        ? application.rehearse(in: &session) : application.carryOut(in: &session)
    }
  }

  // MARK: Printing

  private func print<Door: Machine>(_ whole: Plan, in session: inout Session<Door>) -> ExitStatus {
    let names = whole.guests.map(\.name)
    for name in guest where !names.contains(name) {
      let near = NearestWord.of(name, in: names)
      session.complain(
        "the file has no guest '\(name)'",
        help: near.map { "did you mean '\($0)'?" } ?? "it has: \(names.joined(separator: ", "))"
      )
      return .usage
    }
    let plan = guest.isEmpty ? whole : whole.limited(to: Set(guest))
    // A plan that is saved is the document; the person is shown it all the same.
    let isSaved = out != nil && out != "-" && emit == nil
    var status = deliver(isSaved ? .planJSON : emit ?? .plan, plan, to: out, in: &session)
    if isSaved, status == .success { status = deliver(.plan, plan, to: nil, in: &session) }
    let isPending = plan.bindings.contains { !$0.isSatisfied }
    return status == .success && isExitCodeDetailed && isPending ? .pending : status
  }

  private func deliver<Door: Machine>(
    _ emission: Emission,
    _ plan: Plan,
    to path: String?,
    in session: inout Session<Door>
  ) -> ExitStatus {
    let style = EmissionStyle(
      form: form,
      properties: properties,
      isAnnotated: annotate,
      palette: path == nil || path == "-" ? session.palette(.output) : .plain,
      isVerbose: session.isVerbose
    )
    var diagnostics: [Diagnostic] = []
    let bytes = emission.bytes(of: plan, style, &diagnostics)
    session.tell(diagnostics, in: [], format: finding.format == .json ? .concise : finding.format)
    guard !diagnostics.contains(where: { $0.severity == .error }) else { return .findings }
    return session.deliver(bytes, to: path)
  }

  // MARK: Words

  private static func emission(_ word: String) throws -> Emission {
    guard let emission = Emission(word) else { throw ValidationError(unknown(word, Emission.words)) }
    return emission
  }

  private static func word<Word: RawRepresentable<String> & CaseIterable>(_ word: String) throws -> Word {
    guard let known = Word(rawValue: word) else {
      throw ValidationError(unknown(word, Word.allCases.map(\.rawValue)))
    }
    return known
  }

  private static func unknown(_ word: String, _ words: [String]) -> String {
    let near = NearestWord.of(word, in: words).map { "; did you mean '\($0)'?" } ?? ""
    return "it is none of \(words.joined(separator: ", "))\(near)"
  }
}
