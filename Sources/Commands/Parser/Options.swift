import ArgumentParser
import VFIOTypes
import YAMLSyntax

extension ColorChoice: ExpressibleByArgument {}
extension FindingFormat: ExpressibleByArgument {}
extension DocumentFormat: ExpressibleByArgument {}
extension SchemaName: ExpressibleByArgument {}
extension ApplyLevel: ExpressibleByArgument {}

/// What a word of the command line comes to, its fault told as the parser tells its own.
func heard<Value>(_ read: () throws(UsageFault) -> Value) throws -> Value {
  do throws(UsageFault) { return try read() } catch { throw ValidationError(error.words) }
}

/// What every command takes.
struct DisplayOptions: ParsableArguments {
  @Option(help: "Colours: auto (on a terminal, unless NO_COLOR is set), always, never.")
  var color = ColorChoice.auto

  @Flag(name: .shortAndLong, help: "Say nothing but errors and warnings.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes too.")
  var verbose = false

  var display: Display { Display(color: color, isQuiet: quiet, isVerbose: verbose) }
}

/// How much of a text is taken before it is refused.
struct LimitOptions: ParsableArguments {
  @Option(
    name: .customLong("limit"),
    help: ArgumentHelp(
      "Raise or lower a limit on a text: bytes, depth, nodes, scalar, key.",
      valueName: "name=n"
    )
  )
  var assignments: [String] = []

  /// The limits with what was given on the command line.
  func limits() throws -> YAMLLimits {
    try heard { () throws(UsageFault) in
      var limits = YAMLLimits()
      for assignment in assignments { try limits.assign(assignment) }
      return limits
    }
  }
}

/// What of the findings is shown and counted.
struct FindingOptions: ParsableArguments {
  @Option(help: "How findings are shown: text, concise (one a line), json.")
  var format = FindingFormat.text

  @Flag(help: "Count warnings as errors.")
  var strict = false

  var style: FindingStyle { FindingStyle(format: format, isStrict: strict) }
}

/// Which findings are looked at; an id, or a stem with a star: 'papr-*'.
struct SelectionOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Show and count these rules only, separated by commas: 'papr-*,slot-conflict'.",
      valueName: "id"
    )
  )
  var select: [String] = []

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Neither show nor count these rules, separated by commas.", valueName: "id")
  )
  var ignore: [String] = []

  func selection() throws -> FindingSelection {
    try heard { () throws(UsageFault) in
      var selection = FindingSelection.all
      for list in select { try selection.select(list: list) }
      for list in ignore { try selection.ignore(list: list) }
      return selection
    }
  }
}

/// How the host is reached.
struct ViaOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Work on the host where this starts vfio-agent: 'ssh p9 vfio-agent', run without a shell.",
      valueName: "words"
    ),
    transform: { word in try heard { () throws(UsageFault) in Via(words: try Via.split(word)) } }
  )
  var via = Via()
}

/// Which host is looked at.
struct HostOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The host: live (this machine), a snapshot FILE, a saved tree DIR, or none.",
      valueName: "live|FILE|DIR|none"
    )
  )
  var host: String?
}

/// What a plan is carried out with.
struct ApplyOptions: ParsableArguments {
  @Flag(
    name: .customLong("dry-run"),
    help: "Look at everything, say what would be written and done, and write nothing."
  )
  var isDryRun = false

  @Option(
    name: .customLong("override"),
    parsing: .singleValue,
    help: ArgumentHelp(
      "Let guards of this class pass where the file says so too ('override').",
      valueName: "class"
    ),
    transform: { word in try heard { () throws(UsageFault) in try ApplyStyle.overridable(word) } }
  )
  var overrides: [String] = []

  @Option(
    help: ArgumentHelp("Hold for a program that comes to this socket and takes all.", valueName: "path")
  )
  var socket: String?

  @Option(
    help: ArgumentHelp("The user, beside root, whose program may come to the socket.", valueName: "user")
  )
  var peer: String?

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("Hand over to this command: after '--', with '--apply=hold'.", valueName: "command")
  )
  var command: [String] = []

  var style: ApplyStyle {
    ApplyStyle(
      isDryRun: isDryRun,
      overrides: overrides,
      handOver: HandOverStyle(command: command, socket: socket, peer: peer)
    )
  }
}

extension ApplyLevel {
  /// A command line with a level at every `--apply`.
  ///
  /// A value that may be left out is written with `=`, as everywhere, so that the file's name after it is never taken
  /// for one. The parser's own optional values fall back to the default at a word they do not know, and `--apply=bnid`
  /// must not change a host.
  static func written(_ arguments: [String]) -> [String] {
    let options = arguments.prefix { $0 != "--" }
    return options.map { $0 == "--apply" ? "--apply=\(prove.rawValue)" : $0 } + arguments[options.count...]
  }
}
