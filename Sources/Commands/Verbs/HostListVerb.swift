import HostDoors
import HostInventory

/// Lists the groups of a host.
struct HostListVerb: Verb {
  var place = HostPlace()
  var display = Display()

  var via: Via { place.via }

  var fault: String? { place.fault ?? display.fault }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    place.take(option: name, &words)
  }

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let (facts, status) = place.facts(in: &session)
    guard let snapshot = facts?.snapshot else { return status }
    session.write(
      HostList.text(snapshot, names: session.pciNames(snapshot), palette: session.palette(.output))
    )
    return status
  }
}
