import ArgumentParser
import Diagnostics
import HostDoors
import YAMLSyntax

/// When colours are used.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument, Sendable {
  case auto, always, never
}

/// How findings are shown.
enum FindingFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  case text, concise, json
}

/// What every command takes.
struct DisplayOptions: ParsableArguments {
  @Option(help: "Colours: auto (on a terminal, unless NO_COLOR is set), always, never.")
  var color = ColorChoice.auto

  @Flag(name: .shortAndLong, help: "Say nothing but errors and warnings.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes too.")
  var verbose = false

  func validate() throws {
    if quiet && verbose { throw ValidationError("'--quiet' and '--verbose' exclude each other") }
  }
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

  func validate() throws { _ = try limits() }

  /// The limits with what was given on the command line.
  func limits() throws -> YAMLLimits {
    var limits = YAMLLimits()
    for assignment in assignments {
      let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let number = Int(parts[1]), number > 0 else {
        throw ValidationError(
          "'--limit \(assignment)' is not NAME=N with a number above 0, such as depth=100"
        )
      }
      switch parts[0] {
      case "bytes": limits.bytes = number
      case "depth": limits.depth = number
      case "nodes": limits.nodes = number
      case "scalar": limits.scalar = number
      case "key": limits.key = number
      default:
        throw ValidationError("there is no limit '\(parts[0])'; there are: bytes, depth, nodes, scalar, key")
      }
    }
    return limits
  }
}

/// What of the findings is shown and counted.
struct FindingOptions: ParsableArguments {
  @Option(help: "How findings are shown: text, concise (one a line), json.")
  var format = FindingFormat.text

  @Flag(help: "Count warnings as errors.")
  var strict = false
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

  func validate() throws { _ = try selection() }

  func selection() throws -> FindingSelection {
    do throws(FindingSelection.UnknownPattern) {
      return try FindingSelection(
        select: SelectionOptions.split(select),
        ignore: SelectionOptions.split(ignore)
      )
    } catch {
      let near = NearestWord.of(error.pattern, in: FindingPages.ids).map { "; did you mean '\($0)'?" } ?? ""
      throw ValidationError("no rule has the id '\(error.pattern)'\(near)")
    }
  }

  private static func split(_ lists: [String]) -> [String] {
    lists.flatMap { $0.split(separator: ",").map { $0.filter { $0 != " " } } }
  }
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
