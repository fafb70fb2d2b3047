import ArgumentParser

/// The words of `check`.
struct CheckCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check many files or folders.",
    discussion: """
      A folder stands for the .yaml and .yml files below it. Each file is checked against the snapshot it names \
      ('host.snapshot', below its own folder; nothing else is opened), or against '--host'.

      EXAMPLES:
        vfioplan check db1.yaml
        vfioplan check guests/ --jobs 2 --format concise
        vfioplan check a.yaml b.yaml --same-host --host p9.json
        vfioplan check guests/ --strict --ignore 'papr-spread-*'
        generate | vfioplan check -

      Findings are written to standard output, the last line to standard error. '--select' and '--ignore' take ids \
      or stems with a star; 'vfioplan rules' lists the ids.
      """
  )

  @Argument(help: ArgumentHelp("Files or folders; '-' is standard input.", valueName: "path"))
  var paths: [String]

  @Flag(help: "Check files that name the same host together: devices, groups and memory used twice.")
  var sameHost = false

  @Option(
    help: ArgumentHelp(
      "How many files are checked at once; all processors where it is left out.",
      valueName: "n"
    )
  )
  var jobs: Int?

  @OptionGroup var host: HostOptions
  @OptionGroup var finding: FindingOptions
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var limit: LimitOptions
  @OptionGroup var far: ViaOptions
  @OptionGroup var display: DisplayOptions

  func verb() throws -> CheckVerb {
    CheckVerb(
      paths: paths,
      isSameHost: sameHost,
      jobs: jobs,
      host: host.host,
      finding: finding.style,
      selection: try selection.selection(),
      limits: try limit.limits(),
      via: far.via,
      display: display.display
    )
  }
}
