import ArgumentParser

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

  @OptionGroup var far: ViaOptions

  var place: HostPlace { HostPlace(host: host, via: far.via) }
}

/// The words of `host snapshot`.
struct HostSnapshotCommand: VerbCommand {
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
        vfioplan host snapshot --via 'ssh p9-07 vfio-agent' > p9-07.json
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

  func verb() -> HostSnapshotVerb {
    HostSnapshotVerb(out: out, tree: tree, place: place.place, display: display.display)
  }
}

/// The words of `host list`.
struct HostListCommand: VerbCommand {
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

  func verb() -> HostListVerb {
    HostListVerb(place: place.place, display: display.display)
  }
}
