package import Diagnostics

/// Reads a text in the strict dialect.
package enum YAMLParser {
  /// The nodes of a text, or nil where nothing could be made of it; every refusal is a diagnostic with a place.
  package static func parse(
    _ source: SourceText,
    limits: YAMLLimits = YAMLLimits(),
    diagnostics: inout [Diagnostic]
  ) -> YAMLDocument? {
    nil
  }
}
