import ArgumentParser
import HostDoors
import HostInventory

/// Says what a host lacks.
struct HostDoctorCommand: Verb {
  /// How the checkup is written.
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
    case text, json
  }

  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say whether a host can give devices to guests, what is missing, and what to do.",
    discussion: """
      The exit code is 1 where something is missing. What could not be read is unknown, and says where to look.

      EXAMPLES:
        vfioplan host doctor
        sudo vfioplan host doctor
        vfioplan host doctor --host p9-07
        vfioplan host doctor --format json
      """
  )

  @Option(help: "How it is written: text, json.")
  var format = Format.text

  @Option(help: ArgumentHelp("The host: live (this machine), a saved tree DIR.", valueName: "live|DIR"))
  var host = "live"

  @OptionGroup var display: DisplayOptions

  func validate() throws {
    if host == "none" { throw ValidationError("'--host none' leaves nothing to look at") }
  }

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    guard let files = HostChoice(host).files(in: &session) else { return .unreadable }
    let checkup = HostDoctor.examine(files)
    switch format {
    case .text: session.write(CheckupText.text(checkup, palette: session.palette(.output)))
    case .json: session.write(CheckupText.document(checkup))
    }
    return checkup.isReady == false ? .findings : .success
  }
}
