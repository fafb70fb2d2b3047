/// A text with fix-its applied; every byte outside the edits stays as it was.
package enum EditedText {
  /// The bytes after all edits, or nil where two edits overlap or one lies outside of the text.
  package static func applying(_ edits: [FixIt.Edit], to bytes: [UInt8]) -> [UInt8]? {
    let ordered = edits.enumerated().sorted { left, right in
      (left.element.range.start, left.offset) < (right.element.range.start, right.offset)
    }.map(\.element)
    var result: [UInt8] = []
    var position = 0
    for edit in ordered {
      let start = Int(edit.range.start)
      let end = Int(edit.range.end)
      guard start >= position, end >= start, end <= bytes.count else { return nil }
      result += bytes[position..<start]
      result += Array(edit.replacement.utf8)
      position = end
    }
    return result + bytes[position...]
  }
}
