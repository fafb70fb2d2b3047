import Diagnostics
import HostDoors
import YAMLSyntax

/// Which host is looked at, where it must be one: this one where nothing is said.
struct HostPlace: Hashable, Sendable {
  var host = "live"
  var via = Via()

  var fault: String? {
    host == "none" ? "'--host none' leaves nothing to look at" : via.fault(beside: host)
  }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    guard name == "--host" else { return via.take(option: name, &words) }
    host = words.value() ?? host
    return true
  }

  /// The facts, findings in them shown; nil where there are none.
  func facts<Door: Machine>(in session: inout Session<Door>) -> (facts: HostFacts?, status: ExitStatus) {
    let choice = HostChoice(host)
    guard let facts = choice.facts(on: session.machine, limits: YAMLLimits()) else { return (nil, .usage) }
    if let complaint = choice.complaint(facts) {
      session.complain(complaint)
      return (nil, .unreadable)
    }
    session.tell(facts.diagnostics, in: facts.text.map { [$0] } ?? [])
    let isBroken = facts.diagnostics.contains { $0.severity == .error }
    return (facts, isBroken ? .findings : .success)
  }
}
