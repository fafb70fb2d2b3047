import ArgumentParser
import Diagnostics
import HostDoors
import HostInventory
import YAMLSyntax

/// What is known of a host.
struct HostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host",
    abstract: "Capture or list the facts about a host, or say what it lacks.",
    discussion: """
      EXAMPLES:
        vfioplan host doctor                        whether this machine can give devices, and what is missing
        vfioplan host list                          groups, devices, drivers and names of this machine
        vfioplan host snapshot > host.json          the facts that rules need
        vfioplan host snapshot --tree p9            the files those facts were read from
        vfioplan host list --host p9                a saved tree; a snapshot file does as well
      """,
    subcommands: [HostSnapshotCommand.self, HostListCommand.self, HostDoctorCommand.self]
  )
}

/// Which host is captured or listed: this one where nothing is said.
struct HostPlaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The host: live (this machine), a snapshot FILE, a saved tree DIR.",
      valueName: "live|FILE|DIR"
    )
  )
  var host = "live"

  func validate() throws {
    if host == "none" { throw ValidationError("'--host none' leaves nothing to look at") }
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

/// Writes the snapshot of a host.
struct HostSnapshotCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "snapshot",
    abstract: "Write the facts about a host that rules need, as JSON.",
    discussion: """
      The snapshot is sorted, carries no time and no group numbers, and names the words of the kernel's command line \
      that concern IOMMUs alone. What could not be read is absent, which is not the same as false: as root there is more.

      EXAMPLES:
        vfioplan host snapshot > host.json
        sudo vfioplan host snapshot --out host.json
        vfioplan host snapshot --tree p9-07
        vfioplan host snapshot --host p9-07 > p9-07.json
      """
  )

  @Option(help: ArgumentHelp("Write to this file, whole or not at all.", valueName: "file"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Save the files that were read below this new folder, instead of the snapshot.",
      valueName: "dir"
    )
  )
  var tree: String?

  @OptionGroup var place: HostPlaceOptions
  @OptionGroup var display: DisplayOptions

  func validate() throws {
    if tree != nil && out != nil { throw ValidationError("'--tree' and '--out' exclude each other") }
  }

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    if let tree { return save(to: tree, in: &session) }
    let (facts, status) = place.facts(in: &session)
    guard let snapshot = facts?.snapshot, status == .success else { return status }
    return session.deliver(SnapshotWriter.document(snapshot), to: out)
  }

  private func save<Door: Machine>(to folder: String, in session: inout Session<Door>) -> ExitStatus {
    guard let files = HostChoice(place.host).files(in: &session) else { return .unreadable }
    let captured = CapturedTree(of: files)
    _ = SysfsReader.snapshot(of: captured)
    do throws(HostFileError) {
      try session.machine.files.createFolder(folder)
      for (path, entry) in captured.entries {
        let place = folder + path
        switch entry {
        case .folder: try session.machine.files.createFolder(place)
        case .link(let target): try session.machine.files.createLink(place, to: target)
        case .file(let bytes): try session.machine.files.create(place, with: bytes)
        }
      }
    } catch {
      session.complain("'\(error.path)' cannot be written: \(FileFault.words(error.reason))")
      return .unreadable
    }
    return .success
  }
}

/// Lists the groups of a host.
struct HostListCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List IOMMU groups with their devices, drivers and names.",
    discussion: """
      All devices of a group are given to one guest or to none. Names come from pci.ids where it is installed; the last \
      column says what the host uses a device for. For programs there is 'vfioplan host snapshot'.

      EXAMPLES:
        vfioplan host list
        vfioplan host list --host host.json
      """
  )

  @OptionGroup var place: HostPlaceOptions
  @OptionGroup var display: DisplayOptions

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let (facts, status) = place.facts(in: &session)
    guard let snapshot = facts?.snapshot else { return status }
    session.write(
      HostList.text(snapshot, names: session.pciNames(snapshot), palette: session.palette(.output))
    )
    return status
  }
}
