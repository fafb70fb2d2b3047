/// The part of a source line that is shown: whole if it is short, else what stands around the place.
struct LineWindow {
  /// The text, made fit for a terminal.
  var text: String
  /// Where the place begins in it, from 1.
  var column: Int
  /// How wide the place is in it.
  var width: Int

  private static let most = 120

  /// - Parameters:
  ///   - line: the bytes of the line.
  ///   - column: the place, from 1, in code points.
  ///   - width: its width in code points.
  init(_ line: ArraySlice<UInt8>, around column: Int, width: Int) {
    let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
    var start = 0
    var end = scalars.count
    if scalars.count > LineWindow.most {
      start = max(0, min(column - 1 - 30, scalars.count - LineWindow.most))
      end = min(scalars.count, start + LineWindow.most)
    }
    let before = start > 0 ? "..." : ""
    let after = end < scalars.count ? "..." : ""
    let place = min(max(column - 1, start), end)
    let placeEnd = min(place + width, end)
    let head = LineWindow.shown(scalars[start..<place])
    let body = LineWindow.shown(scalars[place..<placeEnd])
    self.text = before + head + body + LineWindow.shown(scalars[placeEnd..<end]) + after
    self.column = 1 + (before + head).unicodeScalars.count
    self.width = max(1, body.unicodeScalars.count)
  }

  private static func shown(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    // A tab is one column here, so that what is underlined stands beneath its text.
    for scalar in scalars { text.append(scalar == "\t" ? " " : scalar) }
    return TerminalText.escaped(String(text))
  }
}
