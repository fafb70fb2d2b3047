import ArgumentParser
import VFIOTypes

/// The words of `release`.
struct ReleaseCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Give functions that '--apply' took back to the drivers they had.",
    discussion: """
      What was bound before is kept until the next boot, which ends all bindings by itself. A function that a process \
      holds is not taken from it, and one that somebody else has bound since is left to him.

      EXAMPLES:
        vfioplan release
        vfioplan release 0000:01:00.0 0000:01:00.1
      """
  )

  @Argument(
    help: ArgumentHelp("The functions; everything that was taken where it is left out.", valueName: "addr"),
    transform: { word in try heard { () throws(UsageFault) in try PCIAddress.written(word) } }
  )
  var devices: [PCIAddress] = []

  @Option(help: "How findings are shown: text, concise (one a line), json.")
  var format = FindingFormat.text

  @OptionGroup var far: ViaOptions
  @OptionGroup var display: DisplayOptions

  func verb() -> ReleaseVerb {
    ReleaseVerb(devices: devices, format: format, via: far.via, display: display.display)
  }
}
