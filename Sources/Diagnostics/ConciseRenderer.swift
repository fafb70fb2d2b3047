/// Shows findings one a line: `file:line:column: severity: message [id]`.
package struct ConciseRenderer: Sendable {
  private var tables: LineTables
  private let texts: SourceTexts

  package init(_ texts: SourceTexts) {
    self.tables = LineTables(texts)
    self.texts = texts
  }

  /// One finding, with a newline at its end.
  package mutating func text(_ finding: Diagnostic) -> String {
    let message = "\(finding.severity.rawValue): \(TerminalText.escaped(finding.message)) [\(finding.rule)]\n"
    guard let range = finding.range, let table = tables[range.source] else { return message }
    let place = table.place(of: range.start)
    return "\(TerminalText.escaped(table.source.name)):\(place.line):\(place.column): \(message)"
  }
}
