import Diagnostics

/// The rules whose findings are shown and counted.
package struct FindingSelection: Hashable, Sendable {
  /// A word that means no rule.
  package struct UnknownPattern: Error {
    package var pattern: String
  }

  private var selected: [String]
  private var ignored: [String]

  /// - Parameters:
  ///   - select: ids or stems with a star; empty: all.
  ///   - ignore: the same, for what is left out.
  /// - Throws: the first word that means no rule.
  package init(select: [String] = [], ignore: [String] = []) throws(UnknownPattern) {
    selected = try select.map(FindingSelection.known)
    ignored = try ignore.map(FindingSelection.known)
  }

  /// Narrows what is shown to these rules, and those selected before.
  mutating func select(_ patterns: [String]) throws(UnknownPattern) {
    selected += try patterns.map(FindingSelection.known)
  }

  /// Leaves out these rules too.
  mutating func ignore(_ patterns: [String]) throws(UnknownPattern) {
    ignored += try patterns.map(FindingSelection.known)
  }

  private static func known(_ pattern: String) throws(UnknownPattern) -> String {
    guard FindingPages.ids.contains(where: { matches($0, pattern) }) else {
      throw UnknownPattern(pattern: pattern)
    }
    return pattern
  }

  /// Everything.
  package static var all: FindingSelection { FindingSelection() }

  private init() {
    selected = []
    ignored = []
  }

  package func contains(_ rule: String) -> Bool {
    (selected.isEmpty || selected.contains { FindingSelection.matches(rule, $0) })
      && !ignored.contains { FindingSelection.matches(rule, $0) }
  }

  private static func matches(_ rule: String, _ pattern: String) -> Bool {
    pattern.hasSuffix("*") ? rule.hasPrefix(pattern.dropLast()) : rule == pattern
  }
}
