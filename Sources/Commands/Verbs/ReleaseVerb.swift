import Diagnostics
import HostChanges
import HostDoors
import VFIOTypes

/// Gives back what was taken.
struct ReleaseVerb: Verb {
  /// The functions; none is everything that was taken.
  var devices: [PCIAddress] = []
  var format = FindingFormat.text
  var via = Via()
  var display = Display()

  var fault: String? { display.fault }

  // MARK: Words

  mutating func take(operand word: String) -> Bool {
    guard let device = PCIAddress(word) else { return false }
    devices.append(device)
    return true
  }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    guard name == "--format" else { return via.take(option: name, &words) }
    format = words.value { FindingFormat(rawValue: $0) } ?? format
    return true
  }

  // MARK: Run

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
