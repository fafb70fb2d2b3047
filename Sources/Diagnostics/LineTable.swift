/// Where the lines of a text begin: turns byte offsets into lines and columns.
package struct LineTable: Sendable {
  /// A place as a person names it: both count from 1, columns in code points.
  package struct Place: Hashable, Sendable {
    package var line: Int
    package var column: Int
  }

  package let source: SourceText
  private let starts: [UInt32]

  package init(_ source: SourceText) {
    self.source = source
    var starts: [UInt32] = [0]
    for (index, byte) in source.bytes.enumerated() where byte == 0x0a { starts.append(UInt32(index + 1)) }
    self.starts = starts
  }

  package var lineCount: Int { starts.count }

  /// The place of a byte; past the end, that of the end.
  package func place(of offset: UInt32) -> Place {
    let offset = min(Int(offset), source.bytes.count)
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= offset { low = middle } else { high = middle }
    }
    let line = source.bytes[Int(starts[low])..<offset]
    return Place(line: low + 1, column: 1 + line.count { $0 & 0xc0 != 0x80 })
  }

  /// The bytes of a line, from 1, without its end.
  package func line(_ number: Int) -> ArraySlice<UInt8> {
    guard number >= 1, number <= starts.count else { return [] }
    let start = Int(starts[number - 1])
    var end = number < starts.count ? Int(starts[number]) - 1 : source.bytes.count
    if end > start && source.bytes[end - 1] == 0x0d { end -= 1 }
    return source.bytes[start..<end]
  }

  /// The offset of a place, or nil where the text has no such line.
  package func offset(of place: Place) -> UInt32? {
    guard place.line >= 1, place.line <= starts.count else { return nil }
    var offset = Int(starts[place.line - 1])
    var column = 1
    while column < place.column && offset < source.bytes.count && source.bytes[offset] != 0x0a {
      offset += 1
      while offset < source.bytes.count && source.bytes[offset] & 0xc0 == 0x80 { offset += 1 }
      column += 1
    }
    return UInt32(offset)
  }
}
