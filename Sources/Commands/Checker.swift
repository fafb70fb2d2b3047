import Diagnostics
import GuestSchema
import HostDoors
import HostInventory
import Policy
import Resolution

/// Judges guest texts: values in, values out, so that many can be judged side by side.
struct Checker: Sendable {
  /// The catalogue, prepared once.
  let walk: RuleWalk
  /// The date that waivers are measured against.
  let today: String
  let isStrict: Bool
  let selection: FindingSelection

  init(today: String, isStrict: Bool, selection: FindingSelection = .all) {
    self.walk = RuleWalk()
    self.today = today
    self.isStrict = isStrict
    self.selection = selection
  }

  /// What judging came to.
  struct Outcome: Sendable {
    var findings: [Diagnostic] = []
    var texts: [SourceText] = []
    /// Nil where an error stands.
    var accepted: AcceptedConfiguration?
    /// How often a rule was skipped because one it requires had fired.
    var skipped = 0
    /// Whether something could not be read or is over a limit, whatever is selected.
    var isUnreadable = false

    var status: ExitStatus {
      isUnreadable ? .unreadable : findings.contains { $0.severity == .error } ? .findings : .success
    }
  }

  /// Judges one configuration against a host.
  ///
  /// - Parameters:
  ///   - texts: the guest texts it was read from, in order.
  ///   - configuration: what they say together; nil where nothing could be made of them.
  ///   - facts: the host.
  ///   - extra: findings that came about on the way here.
  ///   - threads: how guests are looked at side by side.
  /// - Returns: the findings, and the configuration where none of them refuses it.
  func judge(
    _ texts: [GuestText],
    _ configuration: Configuration?,
    _ facts: HostFacts?,
    extra: [Diagnostic] = [],
    by threads: SideBySide<some Workers>
  ) -> Outcome {
    var outcome = Outcome()
    outcome.texts = texts.map(\.source) + (facts?.text.map { [$0] } ?? [])
    let earlier = texts.flatMap(\.diagnostics) + (facts?.diagnostics ?? []) + extra
    outcome.isUnreadable = Checker.isUnreadable(earlier)
    var all = earlier
    if let configuration {
      let count = configuration.guests.count
      let pieces = ResolutionPieces(configuration, host: facts?.snapshot)
      let resolved = pieces.joined(threads.stretches(of: count) { pieces.guests($0) }.flatMap(\.self))
      let found = threads.stretches(of: count) { [walk] in walk.findings(of: $0, in: resolved) }
      let judgement = Judge.judge(resolved, earlier: earlier, today: today, walk: walk, guests: found)
      all = judgement.diagnostics
      outcome.accepted = judgement.accepted
      outcome.skipped = judgement.skipped
    }
    if isStrict {
      for index in all.indices where all[index].severity == .warning { all[index].severity = .error }
    }
    outcome.findings = all.filter { selection.contains($0.rule) }
    // What is not selected is not counted either, but nothing is planned over an error of any kind.
    if all.contains(where: { $0.severity == .error }) { outcome.accepted = nil }
    return outcome
  }

  private static let unreadable: Set<String> = [CommandRule.unreadable.rawValue, "yaml-limit"]

  /// Whether something could not be read or is over a limit.
  static func isUnreadable(_ findings: [Diagnostic]) -> Bool {
    findings.contains { $0.severity == .error && unreadable.contains($0.rule) }
  }

  /// The finding for a snapshot that a file names and that cannot be read.
  static func unreadableSnapshot(_ path: Located<String>, _ fault: HostFileError.Reason) -> Diagnostic {
    CommandRule.unreadable.finding(
      "the snapshot '\(path.value)' cannot be read: \(FileFault.words(fault))",
      at: path.range,
      help: fault == .absent ? ["'vfioplan host snapshot' writes one"] : []
    )
  }

  /// The one remark where no host was looked at.
  static func noHost(_ count: Int, of all: Int) -> Diagnostic {
    CommandRule.noHost.finding(
      all == 1 ? "no host was looked at" : "no host was looked at for \(count) of \(all) files",
      why: "rules that need host facts were not asked",
      help: ["name a snapshot in the file ('host: {snapshot: FILE}'), or give '--host live|FILE|DIR'"]
    )
  }
}
