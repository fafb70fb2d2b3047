import Diagnostics
import HostDoors
import Planning
import VFIOPlan
import YAMLSyntax

/// Carries out a saved plan.
struct ApplyVerb: Verb {
  /// The saved plan; '-' is standard input.
  var plan: String?
  var level = ApplyLevel.prove
  var application = ApplyStyle()
  var format = FindingFormat.text
  var limits = YAMLLimits()
  var via = Via()
  var display = Display()

  var fault: String? {
    display.fault ?? application.handOver.fault(at: level) ?? via.fault(of: application.handOver)
  }

  // MARK: Words

  var isComplete: Bool { plan != nil }

  mutating func take(operand word: String) -> Bool {
    guard plan == nil else { return false }
    plan = word
    return true
  }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--level": level = words.value { ApplyLevel(rawValue: $0) } ?? level
    case "--format": format = words.value { FindingFormat(rawValue: $0) } ?? format
    default:
      return application.take(option: name, &words) || limits.take(option: name, &words)
        || via.take(option: name, &words)
    }
    return true
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let place = InputPlace(plan ?? "-")
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
    if let document, ApplyVerb.isGuestFile(document) {
      session.complain(
        "'\(place.name)' is a guest file and no saved plan",
        help: "'vfioplan \(place.name) --apply' carries it out"
      )
      return .usage
    }
    let plan = document.flatMap { ApplyVerb.plan($0, &diagnostics) }
    guard let plan, !diagnostics.contains(where: { $0.severity == .error }) else {
      session.tell(diagnostics, in: [source], format: format)
      return Checker.isUnreadable(diagnostics) ? .unreadable : .findings
    }
    let whole = Application(
      plan: plan,
      level: level,
      overrides: application.overrides,
      handOver: application.handOver,
      isInputTaken: (self.plan ?? "-") == "-",
      texts: [source],
      format: format,
      earlier: diagnostics
    )
    return application.isDryRun ? whole.rehearse(in: &session) : whole.carryOut(in: &session)
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
