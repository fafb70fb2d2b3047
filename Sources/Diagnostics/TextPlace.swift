/// A place in a text that need not be at hand: the line of the guest file a planned step comes from.
///
/// A saved plan is applied without its guest file; where the file is loaded too, the place is shown in it.
package struct TextPlace: Hashable, Sendable {
  /// The file as the user named it.
  package var file: String
  /// Both count from 1, columns in code points.
  package var line: Int
  package var column: Int
  /// The length of the text in bytes.
  package var length: Int

  package init(file: String, line: Int, column: Int, length: Int) {
    self.file = file
    self.line = line
    self.column = column
    self.length = length
  }
}

extension LineTables {
  /// The finding with its place turned into a range, where the text it names is loaded and has such a line.
  mutating func located(_ finding: Diagnostic) -> Diagnostic {
    guard finding.range == nil, let place = finding.place, let table = self[named: place.file],
      let start = table.offset(of: .init(line: place.line, column: place.column))
    else { return finding }
    var located = finding
    let end = min(Int(start) + place.length, table.source.bytes.count)
    located.range = SourceRange(source: table.source.id, start: start, end: UInt32(end))
    return located
  }
}
