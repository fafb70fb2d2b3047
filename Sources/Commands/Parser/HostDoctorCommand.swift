import ArgumentParser

/// The words of `host doctor`.
struct HostDoctorCommand: VerbCommand {
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
  var format = DocumentFormat.text

  @Option(help: ArgumentHelp("The host: live (this machine), a saved tree DIR.", valueName: "live|DIR"))
  var host = "live"

  @OptionGroup var far: ViaOptions
  @OptionGroup var display: DisplayOptions

  func verb() -> HostDoctorVerb {
    HostDoctorVerb(format: format, place: HostPlace(host: host, via: far.via), display: display.display)
  }
}
