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
    let finding = tables.located(finding)
    let message = "\(finding.severity.rawValue): \(TerminalText.escaped(finding.message)) [\(finding.rule)]\n"
    if let range = finding.range, let table = tables[range.source] {
      let place = table.place(of: range.start)
      return ConciseRenderer.head(table.source.name, place.line, place.column) + message
    }
    guard let place = finding.place else { return message }
    return ConciseRenderer.head(place.file, place.line, place.column) + message
  }

  private static func head(_ file: String, _ line: Int, _ column: Int) -> String {
    "\(TerminalText.escaped(file)):\(line):\(column): "
  }
}
