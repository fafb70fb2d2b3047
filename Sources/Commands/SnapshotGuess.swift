import Diagnostics
import YAMLSyntax

/// Which snapshot a guest file seems to name, so that it can be read while the file itself still is.
///
/// Only a guess: the lines above the guests are read as a text of their own. What the file names is asked of the whole.
enum SnapshotGuess {
  /// How far into a text its guests are looked for.
  private static let head = 64 << 10
  private static let guests = Array("\nguests:".utf8)

  /// The path, or nil where the lines above the guests name none.
  static func path(in bytes: [UInt8]) -> String? {
    guard let end = end(of: bytes.prefix(head)) else { return nil }
    let source = SourceText(id: SourceID(0), name: "", bytes: Array(bytes[..<end]))
    var unsaid: [Diagnostic] = []
    let document = YAMLParser.parse(source, diagnostics: &unsaid)
    guard let host = document?.root.value(of: "host"), let path = host.value(of: "snapshot"), path.isScalar
    else {
      return nil
    }
    return path.text
  }

  /// Where the line of the guests begins.
  private static func end(of text: ArraySlice<UInt8>) -> Int? {
    text.indices.first { text[$0] == guests[0] && text[$0...].starts(with: guests) }.map { $0 + 1 }
  }
}
