package import Diagnostics
import GuestSchema
import HostDoors
import Planning
package import VFIOPlan
import YAMLSyntax

/// One guest file on its way to a plan: read, checked against its host, findings told, planned.
///
/// What is done with the plan is the verb's: printing it, or carrying it out.
struct Compilation {
  var place: InputPlace
  var choice: HostChoice
  var limits: YAMLLimits
  var finding: FindingStyle

  /// Texts of this size and more take long enough for a person to wonder.
  private static let large = 4 << 20

  /// A plan that was made, with what was said on the way.
  struct Made {
    var plan: Plan
    var texts: [SourceText]
    /// Findings that are still to be told.
    var findings: [Diagnostic]
  }

  /// Who tells the findings of a plan that was made.
  enum Telling {
    case here
    /// Whoever has more to tell, in a form that is one document.
    case withLater
  }

  /// The plan, or the status that stands instead.
  func plan<Door: Machine>(_ telling: Telling = .here, in session: inout Session<Door>)
    -> Result<Made, PlanRefusal>
  {
    if case .live = choice { session.announce("looking at the host") }
    let given = choice.facts(on: session.machine, limits: limits)
    if let given, let complaint = choice.complaint(given) {
      session.complain(complaint)
      return .failure(PlanRefusal(status: .unreadable))
    }
    let text = GuestText.read(place, id: SourceID(0), limits: limits, through: session.machine.files)
    if text.source.bytes.count >= Compilation.large { session.announce("checking \(text.source.name)") }
    var extra: [Diagnostic] = []
    let facts = given ?? written(text, &extra, session.machine.files)
    let checker = Checker(today: session.machine.clock.today(), isStrict: finding.isStrict)
    let workers = session.machine.workers
    let threads = SideBySide(workers: workers, jobs: workers.processors)
    let outcome = checker.judge([text], text.configuration, facts, extra: extra, by: threads)
    var findings = outcome.findings
    if case .written = choice, facts == nil, text.configuration != nil {
      findings.append(Checker.noHost(1, of: 1))
    }
    let isLater = telling == .withLater && finding.format == .json && outcome.accepted != nil
    if !isLater { tell(findings, outcome, in: &session) }
    guard outcome.status == .success, let accepted = outcome.accepted else {
      return .failure(PlanRefusal(status: outcome.status))
    }
    let plan = Planner.plan(accepted, texts: SourceTexts(outcome.texts), file: text.source.name)
    let (faults, status) = PlanCheck.verdict(on: plan)
    guard status == .success else {
      session.tell(faults, in: outcome.texts)
      session.complain(
        "this plan breaks rules of its own and is not used",
        help: "this is a fault of vfioplan, not of the file: report it with the file and its snapshot"
      )
      return .failure(PlanRefusal(status: status))
    }
    return .success(Made(plan: plan, texts: outcome.texts, findings: isLater ? findings : []))
  }

  /// The snapshot that the file names.
  private func written(_ text: GuestText, _ extra: inout [Diagnostic], _ files: some UserFiles) -> HostFacts?
  {
    guard case .written = choice, let path = text.configuration?.host.snapshot else { return nil }
    var shelf = SnapshotShelf()
    let facts = shelf.facts(path.value, below: text.folder, limits, files)
    if let fault = facts.fault { extra.append(Checker.unreadableSnapshot(path, fault)) }
    return facts
  }

  private func tell<Door: Machine>(
    _ findings: [Diagnostic],
    _ outcome: Checker.Outcome,
    in session: inout Session<Door>
  ) {
    session.tell(findings, in: outcome.texts, format: finding.format)
    guard finding.format == .text, outcome.status != .success, !session.isQuiet else { return }
    var line = "\(FindingCount(findings).words); no plan is made"
    if outcome.skipped > 0 {
      line += "; \(counted(outcome.skipped, "rule")) not asked, since one they rest on has fired"
    }
    session.tell("\(TerminalText.escaped(place.name)): \(line)\n")
  }
}

/// That there is no plan, and what the run ends in.
struct PlanRefusal: Error {
  var status: ExitStatus
}

/// A plan is held to its invariants before anything is done with it: a hit is a fault of the program and of nobody else.
package enum PlanCheck {
  /// What is wrong with a plan that was just made, and what the run ends in.
  package static func verdict(on plan: Plan) -> (faults: [Diagnostic], status: ExitStatus) {
    let faults = PlanInvariants.check(plan)
    return (faults, faults.isEmpty ? .success : .fault)
  }
}
