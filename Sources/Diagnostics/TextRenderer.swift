/// Shows findings to a person: what is so, where, why, what to do.
package struct TextRenderer: Sendable {
  /// A stretch of one source line and what is said beneath it.
  private struct Mark {
    var line: Int
    var start: LineTable.Place
    var width: Int
    var label: String
    var isMain: Bool
  }

  private var tables: LineTables
  private let palette: Palette

  package init(_ texts: SourceTexts, palette: Palette = .plain) {
    self.tables = LineTables(texts)
    self.palette = palette
  }

  /// One finding, with a newline at its end.
  package mutating func text(_ finding: Diagnostic) -> String {
    let finding = tables.located(finding)
    var result = palette.paint(finding.severity.rawValue, finding.severity.part)
    result += palette.paint(": " + TerminalText.escaped(finding.message), .emphasis)
    result += " [\(finding.rule)]\n"
    let here = finding.range.flatMap { tables[$0.source] }
    let marks: [Mark] = here.map { self.marks(of: finding, in: $0) } ?? []
    let elsewhere = finding.notes.filter { $0.range != nil && $0.range?.source != finding.range?.source }
    let widest = marks.map(\.line).max() ?? 1
    let width = max(2, String(widest).utf8.count)
    if let here, let range = finding.range {
      result += arrow("-->", here.source.name, here.place(of: range.start), width)
      result += excerpt(marks, in: here, width, finding.severity)
    } else if let place = finding.place {
      result += arrow("-->", place.file, .init(line: place.line, column: place.column), width)
    }
    for note in elsewhere { result += other(note, width) }
    result += details(finding, width)
    return result
  }

  // MARK: Places

  private func arrow(_ sign: String, _ name: String, _ place: LineTable.Place, _ width: Int) -> String {
    String(repeating: " ", count: width) + palette.paint(sign, .gutter)
      + " \(TerminalText.escaped(name)):\(place.line):\(place.column)\n"
  }

  private func marks(of finding: Diagnostic, in table: LineTable) -> [Mark] {
    var marks: [Mark] = []
    if let range = finding.range { marks.append(mark(range, finding.label ?? "", true, table)) }
    for note in finding.notes {
      guard let range = note.range, range.source == table.source.id else { continue }
      marks.append(mark(range, note.message, false, table))
    }
    return marks.enumerated().sorted { left, right in
      (left.element.line, left.element.start.column, left.offset)
        < (right.element.line, right.element.start.column, right.offset)
    }.map(\.element)
  }

  private func mark(_ range: SourceRange, _ label: String, _ isMain: Bool, _ table: LineTable) -> Mark {
    let start = table.place(of: range.start)
    let end = table.place(of: range.end)
    // What runs over several lines is underlined to the end of its first.
    let lineWidth = table.line(start.line).count { $0 & 0xc0 != 0x80 }
    let last = end.line == start.line ? end.column : lineWidth + 1
    return Mark(
      line: start.line,
      start: start,
      width: max(1, last - start.column),
      label: label,
      isMain: isMain
    )
  }

  private func excerpt(_ marks: [Mark], in table: LineTable, _ width: Int, _ severity: Severity) -> String {
    let blank = String(repeating: " ", count: width + 1) + palette.paint("|", .gutter)
    var result = blank + "\n"
    var shown = 0
    for mark in marks {
      let window = LineWindow(table.line(mark.line), around: mark.start.column, width: mark.width)
      if mark.line != shown {
        let number = String(mark.line)
        let pad = String(repeating: " ", count: width - number.utf8.count)
        result += palette.paint(pad + number + " |", .gutter) + " " + window.text + "\n"
        shown = mark.line
      }
      let sign = String(repeating: mark.isMain ? "^" : "-", count: window.width)
      let painted = palette.paint(sign, mark.isMain ? severity.part : .note)
      let label = mark.label.isEmpty ? "" : " " + TerminalText.escaped(mark.label)
      result += blank + " " + String(repeating: " ", count: window.column - 1) + painted + label + "\n"
    }
    return result
  }

  /// A note in another text: its own place and line.
  private mutating func other(_ note: Diagnostic.Note, _ width: Int) -> String {
    guard let range = note.range, let table = tables[range.source] else {
      return equals("note: ", note.message, width)
    }
    let mark = mark(range, note.message, false, table)
    return arrow(":::", table.source.name, mark.start, width) + excerpt([mark], in: table, width, .note)
  }

  // MARK: What follows the places

  private func details(_ finding: Diagnostic, _ width: Int) -> String {
    var result = ""
    for (index, fact) in finding.facts.enumerated() {
      let text = TerminalText.escaped(fact)
      result +=
        index == 0
        ? equals("", fact, width) : String(repeating: " ", count: width + 5) + text + "\n"
    }
    for note in finding.notes where note.range == nil { result += equals("note: ", note.message, width) }
    if let why = finding.why { result += equals("why: ", why, width) }
    for help in finding.help { result += equals("help: ", help, width) }
    return result
  }

  /// A line after `=`, folded so that a terminal of a hundred columns shows it whole.
  private func equals(_ word: String, _ text: String, _ width: Int) -> String {
    let indent = String(repeating: " ", count: width + 1)
    let folded = TextRenderer.folded(
      TerminalText.escaped(text),
      to: 100 - width - word.utf8.count,
      lineEnd: "\n" + indent + "  "
    )
    return indent + palette.paint("=", .gutter) + " " + palette.paint(word, .emphasis) + folded + "\n"
  }

  private static func folded(_ text: String, to width: Int, lineEnd: String) -> String {
    var result = ""
    var length = 0
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let added = word.unicodeScalars.count
      if length == 0 {
        length = added
      } else if length + 1 + added > width {
        result += lineEnd
        length = added
      } else {
        result += " "
        length += 1 + added
      }
      result.append(contentsOf: word)
    }
    return result
  }
}
