import Diagnostics

/// The rules whose findings are shown and counted.
package struct FindingSelection: Sendable {
  /// A word that means no rule.
  package struct UnknownPattern: Error {
    package var pattern: String
  }

  private let selected: [String]
  private let ignored: [String]

  /// - Parameters:
  ///   - select: ids or stems with a star; empty: all.
  ///   - ignore: the same, for what is left out.
  /// - Throws: the first word that means no rule.
  package init(select: [String] = [], ignore: [String] = []) throws(UnknownPattern) {
    for pattern in select + ignore
    where !FindingPages.ids.contains(where: { FindingSelection.matches($0, pattern) }) {
      throw UnknownPattern(pattern: pattern)
    }
    selected = select
    ignored = ignore
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
