import ArgumentParser
import Diagnostics
import HostChanges

/// How far a plan is carried out.
enum ApplyLevel: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// Functions are bound to their drivers.
  case bind
  /// Then groups and containers are opened, the model set, edges mapped and unmapped, and everything let go again.
  case prove

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
    transform: ApplyOptions.overridable
  )
  var overrides: [String] = []

  private static func overridable(_ word: String) throws -> String {
    let classes = GuardCatalog.overridable
    guard classes.contains(word) else {
      let isKnown = GuardCatalog.guards.contains { $0.guardClass == word }
      let near = NearestWord.of(word, in: classes).map { "; did you mean '\($0)'?" } ?? ""
      throw ValidationError(
        isKnown
          ? "this guard cannot be overridden"
          : "it is none of \(classes.joined(separator: ", "))\(near)"
      )
    }
    return word
  }
}
