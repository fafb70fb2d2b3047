import Diagnostics
import GuestSchema
import HostDoors
import YAMLSyntax

/// The checking of many files: read side by side, judged side by side, shown in order.
///
/// Reading and judging are two rounds, since several files may name one snapshot, which is read once between them.
struct CheckRun: Sendable {
  let places: [InputPlace]
  let limits: YAMLLimits
  let choice: HostChoice
  /// The host the command line names.
  let given: HostFacts?
  let jobs: Int
  let isTogether: Bool
  let checker: Checker
  let printer: FindingPrinter

  /// How many files are held in memory at once, where each is judged by itself.
  private static let batchSize = 512

  /// A thing to judge: one file, or those of one host.
  private struct Unit: Sendable {
    var texts: [GuestText]
    var configuration: Configuration?
    var facts: HostFacts?
    var extra: [Diagnostic] = []
  }

  /// What is left of a unit once it is judged.
  private struct Report: Sendable {
    /// In text or concise form.
    var text: [UInt8]
    /// Kept for the JSON form alone.
    var findings: [Diagnostic] = []
    var texts: [SourceText] = []
    var count: FindingCount
    var status: ExitStatus
    var skipped: Int
  }

  /// What all of it came to.
  private struct Total {
    var count = FindingCount()
    var statuses: Set<ExitStatus> = []
    var skipped = 0
    var withoutHost = 0
    var findings: [Diagnostic] = []
    var texts: [SourceText] = []
    var seen: Set<SourceID> = []
    var done = 0
  }

  func carryOut<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    var total = Total()
    var snapshots = SnapshotShelf()
    let size = isTogether ? max(1, places.count) : CheckRun.batchSize
    for start in stride(from: 0, to: places.count, by: size) where session.isOutputOpen {
      let texts =
        places.count == 1
        ? [readAlone(&snapshots, in: &session)]
        : read(start..<min(start + size, places.count), in: &session)
      let units = units(of: texts, &snapshots, &total, in: &session)
      let workers = session.machine.workers
      // Threads go to files first; a single one has them for its guests.
      let threads = SideBySide(workers: workers, jobs: units.count == 1 ? jobs : 1)
      workers.run(units.count, jobs: jobs) {
        report(on: units[$0], by: threads)
      } take: { report in
        take(report, &total, in: &session)
      }
    }
    conclude(&total, in: &session)
    return .worst(total.statuses)
  }

  // MARK: Reading

  private func read<Door: Machine>(_ range: Range<Int>, in session: inout Session<Door>) -> [GuestText] {
    var texts: [GuestText] = []
    texts.reserveCapacity(range.count)
    let files = session.machine.files
    let workers = session.machine.workers
    workers.run(range.count, jobs: jobs) { offset in
      let number = range.lowerBound + offset
      return GuestText.read(places[number], id: SourceID(UInt32(number)), limits: limits, through: files)
    } take: { text in
      texts.append(text)
      session.progress("reading file \(range.lowerBound + texts.count) of \(places.count)")
      return .goOn
    }
    return texts
  }

  /// Reads the only file there is, and side by side with it the snapshot it seems to name.
  private func readAlone<Door: Machine>(
    _ snapshots: inout SnapshotShelf,
    in session: inout Session<Door>
  ) -> GuestText {
    let (place, files) = (places[0], session.machine.files)
    let bytes: [UInt8]
    do throws(HostFileError) { bytes = try place.bytes(limit: limits.bytes, through: files) } catch {
      return .unreadable(place, id: SourceID(0), error, help: place.help(for: error.reason, files))
    }
    let source = SourceText(id: SourceID(0), name: place.name, bytes: bytes)
    guard jobs > 1, case .written = choice, let path = SnapshotGuess.path(in: bytes) else {
      return .parse(source, folder: place.folder, limits: limits)
    }
    let snapshot = InputPlace(path, below: place.folder)
    let (text, facts) = SideBySide(workers: session.machine.workers, jobs: jobs).both {
      GuestText.parse(source, folder: place.folder, limits: limits)
    } _: {
      HostFacts.read(snapshot, id: HostFacts.id(0), limits: limits, through: files)
    }
    snapshots.keep(facts, of: snapshot)
    return text
  }

  private func units<Door: Machine>(
    of texts: [GuestText],
    _ snapshots: inout SnapshotShelf,
    _ total: inout Total,
    in session: inout Session<Door>
  ) -> [Unit] {
    let isHostGiven = given != nil
    let groups = isTogether ? SameHost.groups(texts, isHostGiven: isHostGiven) : texts.indices.map { [$0] }
    var units: [Unit] = []
    units.reserveCapacity(groups.count)
    for group in groups {
      let members = group.map { texts[$0] }
      var unit = Unit(texts: members, configuration: members.first?.configuration)
      if members.count > 1 { unit.configuration = SameHost.combined(members.compactMap(\.configuration)) }
      unit.facts = given
      if case .written = choice {
        for member in members {
          guard let path = member.configuration?.host.snapshot else { continue }
          let facts = snapshots.facts(path.value, below: member.folder, limits, session.machine.files)
          if let fault = facts.fault {
            unit.extra.append(Checker.unreadableSnapshot(path, fault))
          } else if let first = unit.facts?.snapshot, let other = facts.snapshot, first != other {
            unit.extra.append(SameHost.differingSnapshots(path))
          }
          unit.facts = unit.facts?.snapshot == nil ? facts : unit.facts
        }
        if unit.facts == nil, unit.configuration != nil { total.withoutHost += members.count }
      }
      units.append(unit)
    }
    return units
  }

  // MARK: Judging

  private func report(on unit: Unit, by threads: SideBySide<some Workers>) -> Report {
    let outcome = checker.judge(unit.texts, unit.configuration, unit.facts, extra: unit.extra, by: threads)
    let isDocument = printer.format == .json
    return Report(
      text: printer.text(outcome.findings, in: outcome.texts),
      findings: isDocument ? outcome.findings : [],
      texts: isDocument && !outcome.findings.isEmpty ? outcome.texts : [],
      count: FindingCount(outcome.findings),
      status: outcome.status,
      skipped: outcome.skipped
    )
  }

  private func take<Door: Machine>(
    _ report: Report,
    _ total: inout Total,
    in session: inout Session<Door>
  ) -> WorkDemand {
    total.done += 1
    total.count += report.count
    total.statuses.insert(report.status)
    total.skipped += report.skipped
    total.findings += report.findings
    for text in report.texts where total.seen.insert(text.id).inserted { total.texts.append(text) }
    session.write(report.text)
    session.progress("checked \(total.done) of \(counted(places.count, "file"))")
    return session.isOutputOpen ? .goOn : .stop
  }

  private func conclude<Door: Machine>(_ total: inout Total, in session: inout Session<Door>) {
    if total.withoutHost > 0 {
      let remark = Checker.noHost(total.withoutHost, of: places.count)
      if checker.selection.contains(remark.rule) {
        session.write(printer.text([remark], in: []))
        total.findings.append(remark)
      }
    }
    guard printer.format != .json else {
      total.texts.sort { $0.id.number < $1.id.number }
      session.write(printer.document(total.findings, in: total.texts))
      return
    }
    guard !session.isQuiet else { return }
    var line = "checked \(counted(places.count, "file")): \(total.count.words)"
    if total.skipped > 0 {
      line += "; \(counted(total.skipped, "rule")) not asked, since one they rest on has fired"
    }
    session.tell(line + "\n")
  }
}

/// The snapshots that guest files name, each read once.
struct SnapshotShelf {
  private var facts: [String: HostFacts] = [:]
  /// Read before a file named them, and not told of yet.
  private var early: [String: HostFacts] = [:]

  /// Takes the facts of a snapshot that was read before it is known whether a file names it.
  mutating func keep(_ read: HostFacts, of place: InputPlace) { early[place.name] = read }

  /// The facts of a snapshot; its own findings are told the first time only.
  mutating func facts(
    _ path: String,
    below folder: String,
    _ limits: YAMLLimits,
    _ files: some UserFiles
  ) -> HostFacts {
    let place = InputPlace(path, below: folder)
    if let known = facts[place.name] { return known }
    let read =
      early.removeValue(forKey: place.name)
      ?? HostFacts.read(place, id: HostFacts.id(facts.count), limits: limits, through: files)
    var kept = read
    kept.diagnostics = []
    facts[place.name] = kept
    return read
  }
}
