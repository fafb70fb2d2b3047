import Diagnostics

/// Lines whose parts stand in columns; everything in them is made fit for a terminal first.
struct TextColumns {
  struct Cell {
    var text: String
    var part: Palette.Part?

    init(_ text: String, _ part: Palette.Part? = nil) {
      self.text = TerminalText.escaped(text)
      self.part = part
    }

    fileprivate var width: Int { text.unicodeScalars.count }
  }

  private var lines: [[Cell]] = []

  init() {}

  mutating func add(_ cells: Cell...) { lines.append(cells) }

  /// The lines; each column as wide as its widest cell, no blanks at the end of a line.
  ///
  /// - Parameters:
  ///   - indent: what stands before each line.
  ///   - palette: how parts are set off.
  /// - Returns: the text, a newline after each line.
  func text(indent: String, palette: Palette) -> String {
    let widths = self.widths()
    return lines.map { line in
      let last = line.lastIndex { !$0.text.isEmpty } ?? 0
      let cells = line.prefix(last + 1).enumerated().map { column, cell in
        // Blanks are put outside of what is painted, so that colours change no width.
        let blanks = column == last ? 0 : widths[column] - cell.width
        let shown = cell.part.map { palette.paint(cell.text, $0) } ?? cell.text
        return shown + String(repeating: " ", count: blanks)
      }
      let text = cells.joined(separator: "  ")
      return indent + text + "\n"
    }.joined()
  }

  private func widths() -> [Int] {
    var widths: [Int] = []
    for line in lines {
      for (column, cell) in line.enumerated() {
        if column == widths.count { widths.append(0) }
        // The last column runs on.
        if column < line.count - 1 { widths[column] = max(widths[column], cell.width) }
      }
    }
    return widths
  }
}
