import Diagnostics
import GuestSchema
import Resolution

/// Applies `allow:` entries: one rule at one path, with a reason, and an end date if wanted.
enum Waivers {
  /// Ids of the findings waivers themselves give rise to.
  static let unused = "waiver-unused"
  static let expired = "waiver-expired"
  static let refused = "waiver-refused"
  static let unknownPath = "waiver-path"

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
      guard let ranges = PathRanges.ranges(of: waiver.path.value, in: configuration) else {
        own.append(
          warning(unknownPath, "nothing in this file is at '\(waiver.path.value)'", waiver.path.range)
        )
        continue
      }
      if let until = waiver.until, let today, until.value < today {
        own.append(warning(expired, "this waiver ended on \(until.value)", until.range))
        continue
      }
      let before = remaining.count
      let hits = remaining.filter { matches($0, waiver, ranges) }
      if let hit = hits.first, !canBeWaived(hit.rule) {
        own.append(
          Diagnostic(
            rule: refused,
            severity: .error,
            message: "'\(hit.rule)' cannot be waived",
            range: waiver.rule.range,
            why: "it protects the host or other guests"
          )
        )
        continue
      }
      remaining.removeAll { matches($0, waiver, ranges) }
      if remaining.count == before {
        own.append(
          warning(
            unused,
            "this waiver silences nothing",
            waiver.rule.range,
            help: "delete it; the finding is gone"
          )
        )
      }
    }
    return remaining + own
  }

  private static func matches(_ finding: Diagnostic, _ waiver: Waiver, _ ranges: [SourceRange]) -> Bool {
    guard finding.rule == waiver.rule.value, let place = finding.range else { return false }
    return ranges.contains { $0.source == place.source && $0.start <= place.start && place.end <= $0.end }
  }

  private static func canBeWaived(_ id: String) -> Bool {
    RuleCatalog.rule(id)?.description.canBeWaived ?? false
  }

  private static func warning(
    _ rule: String,
    _ message: String,
    _ range: SourceRange,
    help: String...
  ) -> Diagnostic {
    Diagnostic(rule: rule, severity: .warning, message: message, range: range, help: help)
  }
}

/// Where a dotted path of the file stands: `guests.db1.bridges.net.devices.0`.
enum PathRanges {
  /// The stretches of text at a path and below; nil where the file has no such thing.
  static func ranges(of path: String, in configuration: ResolvedConfiguration) -> [SourceRange]? {
    var parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...]
    guard parts.popFirst() == "guests", let name = parts.popFirst(),
      let guest = configuration.configuration.guests.first(where: { $0.name.value == name })
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
