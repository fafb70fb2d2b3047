import Diagnostics
import HostChanges
import VFIOTypes
import YAMLSyntax

/// Why a word of the command line is none of those that may stand there.
struct UsageFault: Error {
  var words: String

  init(_ words: String) { self.words = words }

  /// For a word that is none of a list.
  init(_ word: String, noneOf known: [String]) {
    let near = NearestWord.of(word, in: known).map { "; did you mean '\($0)'?" } ?? ""
    self.init("it is none of \(known.joined(separator: ", "))\(near)")
  }
}

/// When colours are used.
enum ColorChoice: String, CaseIterable, Sendable {
  case auto, always, never
}

/// What every verb takes.
struct Display: Hashable, Sendable {
  var color = ColorChoice.auto
  var isQuiet = false
  var isVerbose = false

  var fault: String? { isQuiet && isVerbose ? "'--quiet' and '--verbose' exclude each other" : nil }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--color": color = words.value { ColorChoice(rawValue: $0) } ?? color
    case "--quiet": isQuiet = true
    case "--verbose": isVerbose = true
    default: return false
    }
    return true
  }
}

/// How findings are shown.
enum FindingFormat: String, CaseIterable, Sendable {
  case text, concise, json
}

/// What of the findings is shown and counted.
struct FindingStyle: Hashable, Sendable {
  var format = FindingFormat.text
  /// Whether warnings are errors.
  var isStrict = false

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--format": format = words.value { FindingFormat(rawValue: $0) } ?? format
    case "--strict": isStrict = true
    default: return false
    }
    return true
  }
}

extension FindingSelection {
  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--select": words.assign { (list) throws(UsageFault) in try select(list: list) }
    case "--ignore": words.assign { (list) throws(UsageFault) in try ignore(list: list) }
    default: return false
    }
    return true
  }

  /// Selects rules by their ids, or stems with a star, separated by commas.
  mutating func select(list: String) throws(UsageFault) {
    do throws(UnknownPattern) { try select(FindingSelection.split(list)) } catch { throw error.fault }
  }

  mutating func ignore(list: String) throws(UsageFault) {
    do throws(UnknownPattern) { try ignore(FindingSelection.split(list)) } catch { throw error.fault }
  }

  private static func split(_ list: String) -> [String] {
    list.split(separator: ",").map { $0.filter { $0 != " " } }
  }
}

extension FindingSelection.UnknownPattern {
  fileprivate var fault: UsageFault {
    let near = NearestWord.of(pattern, in: FindingPages.ids).map { "; did you mean '\($0)'?" } ?? ""
    return UsageFault("no rule has the id '\(pattern)'\(near)")
  }
}

extension YAMLLimits {
  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    guard name == "--limit" else { return false }
    words.assign { (word) throws(UsageFault) in try assign(word) }
    return true
  }

  /// Takes a limit as it is written on the command line: `depth=100`.
  mutating func assign(_ assignment: String) throws(UsageFault) {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[1]), number > 0 else {
      throw UsageFault("'--limit \(assignment)' is not NAME=N with a number above 0, such as depth=100")
    }
    switch parts[0] {
    case "bytes": bytes = number
    case "depth": depth = number
    case "nodes": nodes = number
    case "scalar": scalar = number
    case "key": key = number
    default:
      throw UsageFault("there is no limit '\(parts[0])'; there are: bytes, depth, nodes, scalar, key")
    }
  }
}

/// How far a plan is carried out.
enum ApplyLevel: String, CaseIterable, Sendable {
  /// Functions are bound to their drivers.
  case bind
  /// Then groups and containers are opened, the model set, edges mapped and unmapped, and everything let go again.
  case prove
  /// Then all of it is kept, with guest RAM mapped, or handed over.
  case hold
}

/// What a plan is carried out with.
struct ApplyStyle: Hashable, Sendable {
  var isDryRun = false
  /// Classes of guards that may be passed.
  var overrides: [String] = []
  var handOver = HandOverStyle()

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--dry-run": isDryRun = true
    case "--override":
      words.assign { (word) throws(UsageFault) in overrides.append(try ApplyStyle.overridable(word)) }
    default: return handOver.take(option: name, &words)
    }
    return true
  }

  /// The class of a guard that may be passed.
  static func overridable(_ word: String) throws(UsageFault) -> String {
    let classes = GuardCatalog.overridable
    guard !classes.contains(word) else { return word }
    let isKnown = GuardCatalog.guards.contains { $0.guardClass == word }
    throw isKnown ? UsageFault("this guard cannot be overridden") : UsageFault(word, noneOf: classes)
  }
}

extension PCIAddress {
  /// The address a word of the command line is.
  static func written(_ word: String) throws(UsageFault) -> PCIAddress {
    guard let address = PCIAddress(word) else {
      throw UsageFault("expected a PCI address with its domain, such as 0000:01:00.0")
    }
    return address
  }
}
