import Foundation

/// One printed line: what was measured, the figure, and what is to be reached.
struct Row {
  var name: String
  /// The figure with its unit, and what it was measured from.
  var figure: String
  var bound: String
  var isReached: Bool

  func printed() { print("\(isReached ? "reached" : "MISSED ")  \(name): \(figure)  (to reach: \(bound))") }

  static func ratio(_ value: Double) -> String { String(format: "%.2fx", value) }
  static func milliseconds(_ seconds: Double) -> String { String(format: "%.2f ms", seconds * 1000) }
  static func microseconds(_ seconds: Double) -> String { String(format: "%.2f us", seconds * 1e6) }
  static func nanoseconds(_ seconds: Double) -> String { String(format: "%.1f ns", seconds * 1e9) }
  static func mebibytes(_ bytes: Double) -> String { String(format: "%.1f MiB", bytes / 1048576) }
}
