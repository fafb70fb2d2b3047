import ArgumentParser
import Diagnostics
import HostDoors
import Planning
import VFIOPlan
import YAMLSyntax

/// Carries out a saved plan.
struct ApplyCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Carry out a saved plan: exactly that one, or none.",
    discussion: """
      The plan is one that 'vfioplan FILE --out PLAN' saved. Guards look at this machine first, then every fact the plan \
      rests on is compared: where one differs, nothing is written and each is named. All functions are bound, or none.

      LEVELS ('--level'):
        bind    functions are bound to their drivers
        prove   then groups are opened, containers built and their edges mapped and unmapped; then all is let go

      EXAMPLES:
        vfioplan db1.yaml --host live --out db1.plan.json
        vfioplan apply db1.plan.json --dry-run
        vfioplan apply db1.plan.json
        vfioplan apply db1.plan.json --level bind
        vfioplan release
      """
  )

  @Argument(help: ArgumentHelp("The saved plan; '-' is standard input.", valueName: "plan"))
  var plan: String

  @Option(help: "How far it goes: bind, prove.")
  var level = ApplyLevel.prove

  @OptionGroup var apply: ApplyOptions

  @Option(help: "How findings are shown: text, concise (one a line), json.")
  var format = FindingFormat.text

  @OptionGroup var limit: LimitOptions
  @OptionGroup var display: DisplayOptions

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    guard let limits = try? limit.limits() else { return .usage }
    let place = InputPlace(plan)
    let source: SourceText
    do throws(HostFileError) {
      let bytes = try place.bytes(limit: limits.bytes, through: session.machine.files)
      source = SourceText(id: SourceID(0), name: place.name, bytes: bytes)
    } catch {
      let text = GuestText.unreadable(place, id: SourceID(0), error, help: [])
      session.tell(text.diagnostics, in: [], format: format)
      return .unreadable
    }
    var diagnostics: [Diagnostic] = []
    let document = YAMLParser.parse(source, limits: limits, diagnostics: &diagnostics)
    if let document, ApplyCommand.isGuestFile(document) {
      session.complain(
        "'\(place.name)' is a guest file and no saved plan",
        help: "'vfioplan \(place.name) --apply' carries it out"
      )
      return .usage
    }
    let plan = document.flatMap { ApplyCommand.plan($0, &diagnostics) }
    guard let plan, !diagnostics.contains(where: { $0.severity == .error }) else {
      session.tell(diagnostics, in: [source], format: format)
      return Checker.isUnreadable(diagnostics) ? .unreadable : .findings
    }
    let application = Application(
      plan: plan,
      level: level,
      overrides: apply.overrides,
      texts: [source],
      format: format,
      earlier: diagnostics
    )
    return apply.isDryRun ? application.rehearse(in: &session) : application.carryOut(in: &session)
  }

  /// The plan of a document, held to its invariants.
  private static func plan(_ document: YAMLDocument, _ diagnostics: inout [Diagnostic]) -> Plan? {
    guard let plan = PlanReader.read(document, diagnostics: &diagnostics) else { return nil }
    diagnostics += PlanInvariants.check(plan)
    return plan
  }

  /// A guest file begins with its version, which a plan calls `schema-version`.
  private static func isGuestFile(_ document: YAMLDocument) -> Bool {
    document.root.value(of: "version") != nil && document.root.value(of: "schema-version") == nil
  }
}
