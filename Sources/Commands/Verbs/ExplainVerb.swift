import Diagnostics
import HostDoors
import Policy

/// Prints the page of a finding's id.
struct ExplainVerb: Verb {
  var id: String?
  var display = Display()

  var fault: String? { display.fault }

  // MARK: Words

  var isComplete: Bool { id != nil }

  mutating func take(operand word: String) -> Bool {
    guard id == nil else { return false }
    id = word
    return true
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let id = id ?? ""
    guard let page = FindingPages.page(for: id) else {
      let near = NearestWord.of(id, in: FindingPages.ids)
      session.complain(
        "no finding has the id '\(id)'",
        help: near.map { "did you mean '\($0)'?" } ?? "'vfioplan rules' lists all ids"
      )
      return .usage
    }
    session.write(page.text)
    return .success
  }
}
