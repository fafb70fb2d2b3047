import Diagnostics
import VFIOPlan

/// Turns places of the guest file into origins, which outlive the text.
struct Origins: Sendable {
  private let table: LineTable?

  /// Origins in one text; without it they have paths alone.
  init(_ text: SourceText?) { self.table = text.map { LineTable($0) } }

  /// The origin of what stands at a range; line 0 where the file says nothing of it.
  func origin(_ path: String, at range: SourceRange?) -> Origin {
    guard let range, let table, table.source.id == range.source else {
      return Origin(path: path, line: 0, column: 0, length: 0)
    }
    let place = table.place(of: range.start)
    return Origin(path: path, line: place.line, column: place.column, length: Int(range.end - range.start))
  }
}
