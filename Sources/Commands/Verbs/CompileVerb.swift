import ArgumentBackends
import Diagnostics
import HostDoors
import VFIOPlan
import YAMLSyntax

/// Checks one file and plans it.
struct CompileVerb: Verb {
  /// The guest file; '-' is standard input.
  var file: String?
  /// Nil is the plan for a person.
  var emit: Emission?
  var isAnnotated = false
  /// The guests that are printed; none is all.
  var guests: [String] = []
  var out: String?
  var form = ArgumentForm.lines
  var properties: PropertyForm?
  var isExitCodeDetailed = false
  /// Nil carries out nothing.
  var apply: ApplyLevel?
  var application = ApplyStyle()
  var host: String?
  var finding = FindingStyle()
  var limits = YAMLLimits()
  var via = Via()
  var display = Display()

  var fault: String? {
    if let fault = display.fault ?? via.fault(beside: host) { return fault }
    if file == "-" && host == "-" { return "standard input ('-') can be read once only" }
    if emit == Emission.none && out != nil { return "'--emit none' leaves nothing for '--out'" }
    return (apply == nil ? faultOfShowing : faultOfApplying) ?? application.handOver.fault(at: apply)
      ?? via.fault(of: application.handOver)
  }

  private var faultOfShowing: String? {
    if application.isDryRun { return "'--dry-run' goes with '--apply'" }
    return application.overrides.isEmpty ? nil : "'--override' goes with '--apply'"
  }

  private var faultOfApplying: String? {
    if let host, host != "live" { return "'--apply' is for this machine: '--host \(host)' is another" }
    let others = [
      ("--emit", emit != nil), ("--out", out != nil), ("--guest", !guests.isEmpty),
      ("--annotate", isAnnotated), ("--detailed-exitcode", isExitCodeDetailed),
    ]
    return others.first { $0.1 }.map { "'--apply' carries out all of the file, so it goes without '\($0.0)'" }
  }

  // MARK: Words

  var isComplete: Bool { file != nil }

  mutating func take(operand word: String) -> Bool {
    guard file == nil else { return false }
    file = word
    return true
  }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--emit": emit = words.value { Emission($0) }
    case "--annotate": isAnnotated = true
    case "--guest": if let guest = words.value() { guests.append(guest) }
    case "--out": out = words.value()
    case "--form": form = words.value { ArgumentForm(rawValue: $0) } ?? form
    case "--properties": properties = words.value { PropertyForm(rawValue: $0) }
    case "--detailed-exitcode": isExitCodeDetailed = true
    case "--apply": apply = words.attachedValue(else: .prove) { ApplyLevel(rawValue: $0) }
    case "--host": host = words.value()
    default:
      return application.take(option: name, &words) || finding.take(option: name, &words)
        || limits.take(option: name, &words) || via.take(option: name, &words)
    }
    return true
  }

  /// What a word asks to be printed.
  static func emission(_ word: String) throws(UsageFault) -> Emission {
    guard let emission = Emission(word) else { throw UsageFault(word, noneOf: Emission.words) }
    return emission
  }

  /// The case that a word names.
  static func word<Word: RawRepresentable<String> & CaseIterable>(_ word: String) throws(UsageFault) -> Word {
    guard let known = Word(rawValue: word) else {
      throw UsageFault(word, noneOf: Word.allCases.map(\.rawValue))
    }
    return known
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let compilation = Compilation(
      place: InputPlace(file ?? "-"),
      choice: HostChoice(apply == nil ? via.host(host) : "live"),
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
        handOver: self.application.handOver,
        isInputTaken: file == "-",
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
    for name in guests where !names.contains(name) {
      let near = NearestWord.of(name, in: names)
      session.complain(
        "the file has no guest '\(name)'",
        help: near.map { "did you mean '\($0)'?" } ?? "it has: \(names.joined(separator: ", "))"
      )
      return .usage
    }
    let plan = guests.isEmpty ? whole : whole.limited(to: Set(guests))
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
      isAnnotated: isAnnotated,
      palette: path == nil || path == "-" ? session.palette(.output) : .plain,
      isVerbose: session.isVerbose
    )
    var diagnostics: [Diagnostic] = []
    let bytes = emission.bytes(of: plan, style, &diagnostics)
    session.tell(diagnostics, in: [], format: finding.format == .json ? .concise : finding.format)
    guard !diagnostics.contains(where: { $0.severity == .error }) else { return .findings }
    return session.deliver(bytes, to: path)
  }
}
