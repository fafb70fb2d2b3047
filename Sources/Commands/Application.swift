import Diagnostics
import Execution
import HostChanges
import HostDoors
import HostInventory
import Planning
import VFIOPlan
import VFIOTypes

/// A plan on its way to the host.
struct Application {
  var plan: Plan
  var level: ApplyLevel
  var overrides: [String]
  /// To whom what is held is handed over.
  var handOver = HandOverStyle()
  /// Whether standard input was read for the plan, so that its end says nothing.
  var isInputTaken = false
  /// Where findings are shown.
  var texts: [SourceText]
  var format: FindingFormat
  /// Findings on the way here that were not told yet, for a form that is one document.
  var earlier: [Diagnostic] = []

  /// Where the lock and the record lie: a folder that every boot empties.
  static let folder = "/run/vfioplan"

  // MARK: For real

  func carryOut<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    if let refusal = refusal(in: &session) { return refusal }
    show(in: &session)
    session.announce("looking at the host")
    let host = session.changeableHost
    let record = session.record
    var proof: Prover.Proof?
    var held: (any Held)?
    let report = withoutActuallyEscaping({ (progress: ChangeProgress) in
      session.announce("\(progress.number) of \(progress.count): \(progress.words)")
    }) { announce in
      Transaction.apply(plan, on: host, record: record, options: options, progress: announce) {
        switch level {
        case .bind: return .keep
        case .prove:
          let made = prove(on: host, in: &session)
          proof = made
          return made.failures.isEmpty ? .keep : .undo(made.failures)
        case .hold:
          switch hold(on: host, in: &session) {
          case .failed(let failures): return .undo(failures)
          case .held(let things, let containers):
            held = things
            proof = Prover.Proof(containers: containers)
            return .keep
          }
        }
      }
    }
    session.tell(report, after: earlier, in: texts, format: format)
    if report.outcome == .done, !session.isQuiet { say(verdict(report, proof), in: &session) }
    // The lock is free by now: others may change what is not held.
    guard let held else { return ExitStatus(report.outcome) }
    return keep(held, in: &session)
  }

  /// Says something to the person: beside standard output where that belongs to a command.
  private func say<Door: Machine>(_ text: String, in session: inout Session<Door>) {
    if handOver.command.isEmpty { session.write(text) } else { session.tell(text) }
  }

  private var options: ChangeOptions {
    let plan = plan
    return ChangeOptions(
      folder: Application.folder,
      overrides: overrides,
      extent: level == .bind ? .drivers : .descriptors
    ) { snapshot in
      PlanFacts.stale(plan, on: snapshot).map { stale in
        FactDifference(
          subject: stale.fact.subject,
          name: stale.fact.name,
          planned: stale.fact.value,
          now: stale.now
        )
      }
    }
  }

  private func prove<Door: Machine>(on host: ChangeableHost, in session: inout Session<Door>)
    -> Prover.Proof
  {
    let prover = session.prover
    return withCompanion(on: host, .prove, in: &session) { prover.prove(plan, $0) }
  }

  /// What is needed of the host and of the person while the plan is carried out.
  func withCompanion<Door: Machine, Result>(
    on host: ChangeableHost,
    _ level: Level,
    in session: inout Session<Door>,
    _ body: (Prover.Companion) -> Result
  ) -> Result {
    withoutActuallyEscaping({ (guest: Int, step: Int) in
      let steps = plan.guests[guest].steps
      guard steps[step].step.isPart(of: level) else { return }
      session.announce("step \(step + 1) of \(steps.count): \(steps[step].step.words)")
    }) { announce in
      let companion = Prover.Companion(
        numbers: HostNumbers(
          group: { SysfsReader.groupNumber(of: $0, in: host.files) },
          deviceNode: { SysfsReader.deviceNode(of: $0, in: host.files) }
        ),
        progress: announce
      )
      return body(companion)
    }
  }

  /// The last line.
  private func verdict(_ report: ChangeReport, _ proof: Prover.Proof?) -> String {
    let bound = report.written.count { change in
      switch change {
      case .probe: true
      case .setOverride, .clearOverride, .unbind, .bind: false
      }
    }
    var words = [
      bound == 0 ? "all functions were bound already" : "\(counted(bound, "function")) bound"
    ]
    if let proof {
      let isHeld = level == .hold && handOver.command.isEmpty
      words.append("\(counted(proof.containers, "container")) \(isHeld ? "held" : "proven")")
    }
    return
      "plan \(PlanJSON.name(of: plan)) is applied: \(words.joined(separator: ", ")); bindings end with a reboot\n"
  }

  // MARK: Before anything is touched

  /// Why this plan is no plan for a host, whatever the host says.
  private func refusal<Door: Machine>(in session: inout Session<Door>) -> ExitStatus? {
    guard plan.bindings.allSatisfy({ !$0.group.isEmpty }) else {
      session.tell(earlier, in: texts, format: format)
      session.complain(
        "the plan was made without a host, so nothing says whether it fits this one",
        help: "make it anew here: 'vfioplan \(plan.file) --host live --out PLAN'"
      )
      return .stale
    }
    do throws(UsageFault) { _ = try handOver.users(on: session.machine) } catch {
      session.complain(error.words)
      return .usage
    }
    let faults = level == .bind ? [] : Prover.faults(in: plan) + handOverFaults
    guard faults.isEmpty else {
      session.tell(earlier + faults, in: texts, format: format)
      return .findings
    }
    return nil
  }

  private func show<Door: Machine>(in session: inout Session<Door>) {
    guard !session.isQuiet else { return }
    let detail: PlanText.Detail = session.isVerbose ? .decisions : .changes
    say(PlanText.text(plan, palette: session.palette(.output), detail: detail), in: &session)
  }

  // MARK: For show

  /// Says what `carryOut` would do, as far as can be said without a write.
  func rehearse<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    if let refusal = refusal(in: &session) { return refusal }
    show(in: &session)
    session.announce("looking at the host")
    let preview = Transaction.preview(
      plan,
      on: session.changeableHost,
      record: session.record,
      options: options
    )
    session.tell(earlier + preview.report.diagnostics, in: texts, format: format)
    guard preview.report.outcome == .done else { return ExitStatus(preview.report.outcome) }
    if preview.changes.isEmpty {
      session.write("nothing would be written: all functions are bound as planned\n")
    } else {
      session.write("would be written, what was bound before being kept in \(session.recordPath):\n")
      for change in preview.changes { session.write("  \(change.command)\n") }
    }
    switch level {
    case .bind: break
    case .prove:
      session.write("would be done then, and undone in reverse:\n")
      session.write(PlanText.steps(plan, palette: session.palette(.output)) { $0.isPart(of: .prove) })
    case .hold:
      let isForCommand = !handOver.command.isEmpty
      session.write(
        isForCommand ? "would be done then, and undone in reverse:\n" : "would be done then, and held:\n"
      )
      session.write(
        PlanText.steps(plan, palette: session.palette(.output)) {
          $0.isPart(of: isForCommand ? .prove : .hold)
        }
      )
      if isForCommand { session.write("would be opened anew then for the command, which is run\n") }
    }
    return .success
  }
}

extension Session {
  /// The live host with everything that changes it.
  var changeableHost: ChangeableHost {
    ChangeableHost(files: machine.host, writes: machine.writes, processes: machine.processes)
  }

  var recordPath: String { "\(Application.folder)/state.json" }

  /// Where it is kept what was bound before.
  var record: StateFile { StateFile(recordPath, files: machine.host, writes: machine.writes) }

  /// Says what a change of the host came to, and what is left to do by hand.
  mutating func tell(
    _ report: ChangeReport,
    after earlier: [Diagnostic] = [],
    in texts: [SourceText],
    format: FindingFormat
  ) {
    var findings = earlier + report.diagnostics
    switch format {
    case .json:
      // One document: the lines stand with the last finding.
      if let last = findings.indices.last { findings[last].help += report.commands }
      tell(findings, in: texts, format: format)
    case .text, .concise:
      tell(findings, in: texts, format: format)
      guard !report.commands.isEmpty else { return }
      complain("the host is not fully as it was; as root, these lines finish it:")
      tell(report.commands.map { "  \($0)\n" }.joined())
    }
  }
}
