package import Diagnostics

/// Where a planned thing comes from: the place in the guest file, and the path there.
///
/// Line and column, not a range of a loaded text, so that a saved plan still names the line when it is applied.
package struct Origin: Hashable, Sendable {
  /// `guests.db1.bridges.net.devices.0`; the deepest thing of the file it follows from.
  package var path: String
  /// Both count from 1, columns in code points; 0 where the file says nothing of it.
  package var line: Int
  package var column: Int
  /// The length of the text in bytes.
  package var length: Int

  package init(path: String, line: Int, column: Int, length: Int) {
    self.path = path
    self.line = line
    self.column = column
    self.length = length
  }

  /// The place in the guest file, for a finding; nil where the file says nothing of it.
  package func place(in plan: Plan) -> TextPlace? {
    line > 0 ? TextPlace(file: plan.file, line: line, column: column, length: length) : nil
  }
}

/// One choice that was made, with the reason.
package struct Decision: Hashable, Sendable {
  /// The path of what was decided: `guests.db1.bridges.net.iommu-use`.
  package var path: String
  /// What was chosen, as the file would say it.
  package var choice: String
  /// One clause.
  package var reason: String

  package init(path: String, choice: String, reason: String) {
    self.path = path
    self.choice = choice
    self.reason = reason
  }
}
