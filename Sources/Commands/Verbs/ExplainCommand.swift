import ArgumentParser
import Diagnostics
import HostDoors
import Policy

/// Prints the page of a finding's id.
struct ExplainCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Print what a finding means: why, what is seen without it, what to do.",
    discussion: """
      An id stands in brackets at the end of each finding. A retired id leads to the one that says the same.

      EXAMPLES:
        vfioplan explain group-not-viable
        vfioplan explain papr-device-twice
        vfioplan rules
      """
  )

  @Argument(help: ArgumentHelp("The id of a rule.", valueName: "id"))
  var id: String

  @OptionGroup var display: DisplayOptions

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
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
