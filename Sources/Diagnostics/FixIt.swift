/// A change of the text that makes a finding go away.
package struct FixIt: Hashable, Sendable {
  /// One replacement; an empty range inserts.
  package struct Edit: Hashable, Sendable {
    package var range: SourceRange
    package var replacement: String

    package init(_ range: SourceRange, with replacement: String) {
      self.range = range
      self.replacement = replacement
    }
  }

  /// An imperative: `give 'phb1' its own container`.
  package var message: String
  /// The edits, in order and without overlap.
  package var edits: [Edit]

  package init(_ message: String, edits: [Edit]) {
    self.message = message
    self.edits = edits
  }
}
