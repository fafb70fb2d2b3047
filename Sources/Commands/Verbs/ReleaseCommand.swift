import ArgumentParser
import Diagnostics
import HostChanges
import HostDoors
import VFIOTypes

/// Gives back what was taken.
struct ReleaseCommand: Verb {
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
    transform: { word in
      guard let address = PCIAddress(word) else {
        throw ValidationError("expected a PCI address with its domain, such as 0000:01:00.0")
      }
      return address
    }
  )
  var devices: [PCIAddress] = []

  @Option(help: "How findings are shown: text, concise (one a line), json.")
  var format = FindingFormat.text

  @OptionGroup var display: DisplayOptions

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let record = session.record
    // A record that cannot be read is reported by the release itself.
    if let entries = try? record.entries() {
      for device in devices where !entries.contains(where: { $0.device == device }) {
        session.complain("'\(device)' was not taken by '--apply', or has been given back")
        return .usage
      }
    }
    session.announce("looking at the host")
    let host = session.changeableHost
    let report = withoutActuallyEscaping({ (progress: ChangeProgress) in
      session.announce("\(progress.number) of \(progress.count): \(progress.words)")
    }) { announce in
      Release.run(
        devices.isEmpty ? .everything : .only(devices),
        on: host,
        record: record,
        folder: Application.folder,
        progress: announce
      )
    }
    session.tell(report, in: [], format: format)
    if report.outcome == .done, !session.isQuiet {
      let count = Set(report.written.map(\.device)).count
      session.write(count == 0 ? "nothing to give back\n" : "\(counted(count, "function")) given back\n")
    }
    return ExitStatus(report.outcome)
  }
}
