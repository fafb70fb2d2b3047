import Diagnostics
import GuestSchema
import Resolution

/// Applies `allow:` entries: one rule at one path, with a reason, and an end date if wanted.
enum Waivers {
  static func apply(
    _ waivers: [Waiver],
    to findings: [Diagnostic],
    in configuration: ResolvedConfiguration,
    today: String?
  ) -> [Diagnostic] {
    guard !waivers.isEmpty else { return findings }
    var remaining = findings
    var own: [Diagnostic] = []
    for waiver in waivers {
      let (silenced, said) = apply(waiver, to: remaining, in: configuration, today: today)
      remaining = silenced
      if let said { own.append(said) }
    }
    return remaining + own
  }

  /// What one entry leaves of the findings, and what is to be said of the entry itself.
  private static func apply(
    _ waiver: Waiver,
    to findings: [Diagnostic],
    in configuration: ResolvedConfiguration,
    today: String?
  ) -> (remaining: [Diagnostic], said: Diagnostic?) {
    guard let page = RulePages.page(for: waiver.rule.value) else { return (findings, unknown(waiver)) }
    guard let ranges = PathRanges.ranges(of: waiver.path, in: configuration) else {
      let message = "nothing in this file is at '\(waiver.path.value)'"
      return (findings, WaiverRule.unknownPath.finding(message, at: waiver.path.range))
    }
    if let until = waiver.until, let today, until.value < today {
      return (findings, WaiverRule.expired.finding("this waiver ended on \(until.value)", at: until.range))
    }
    let rule = page.aliasOf ?? page.id
    let hits = findings.filter { matches($0, rule, ranges) }
    guard !hits.isEmpty else {
      return (
        findings,
        WaiverRule.unused.finding(
          "no '\(rule)' is found at '\(waiver.path.value)'",
          at: waiver.rule.range,
          help: ["delete the entry"]
        )
      )
    }
    guard page.canBeWaived || !hits.contains(where: { $0.severity == .error }) else {
      return (
        findings,
        WaiverRule.refused.finding(
          "'\(rule)' cannot be waived",
          at: waiver.rule.range,
          why: "the kernel or the hypervisor would refuse it, or isolation breaks",
          help: ["delete the entry and cure what is found"]
        )
      )
    }
    return (findings.filter { !matches($0, rule, ranges) }, nil)
  }

  private static func unknown(_ waiver: Waiver) -> Diagnostic {
    let near = RulePages.nearest(to: waiver.rule.value)
    return WaiverRule.unknownRule.finding(
      "no rule has the id '\(waiver.rule.value)'",
      at: waiver.rule.range,
      help: [near.map { "did you mean '\($0)'?" } ?? "list the ids with 'vfioplan rules'"]
    )
  }

  private static func matches(_ finding: Diagnostic, _ rule: String, _ ranges: [SourceRange]) -> Bool {
    guard finding.rule == rule, let place = finding.range else { return false }
    return ranges.contains { $0.source == place.source && $0.start <= place.start && place.end <= $0.end }
  }
}

/// Where a dotted path of the file stands: `guests.db1.bridges.net.devices.0`.
enum PathRanges {
  /// The stretches of text at a path and below; nil where the file has no such thing.
  static func ranges(
    of path: Located<String>,
    in configuration: ResolvedConfiguration
  ) -> [SourceRange]? {
    var parts = path.value.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...]
    guard parts.popFirst() == "guests", let name = parts.popFirst(),
      // Guests of several files are judged together, and a path means one of its own file.
      let guest = configuration.configuration.guests.first(where: { guest in
        guest.name.value == name && guest.range.source == path.range.source
      })
    else { return nil }
    guard let kind = parts.popFirst() else { return [guest.range] }
    guard kind == "bridges", let bridgeName = parts.popFirst(),
      let bridge = guest.bridges.first(where: { $0.name.value == bridgeName })
    else { return nil }
    guard let below = parts.popFirst() else { return [bridge.range] }
    guard let last = parts.popFirst(), parts.isEmpty else { return nil }
    switch below {
    case "devices":
      guard let position = Int(last), let device = bridge.devices.first(where: { $0.position == position })
      else {
        return nil
      }
      return [device.range]
    case "ports": return bridge.ports.first { $0.name.value == last }.map { [$0.range] }
    default: return nil
    }
  }
}
