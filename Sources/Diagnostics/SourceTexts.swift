/// The texts of one run, by their ids.
package struct SourceTexts: Sendable {
  private var texts: [SourceText] = []

  package init() {}

  /// Texts that have their ids already, in ascending order.
  package init(_ texts: [SourceText]) { self.texts = texts }

  /// Adds a text and gives it its id.
  package mutating func add(name: String, bytes: [UInt8]) -> SourceText {
    let source = SourceText(id: SourceID(UInt32(texts.count)), name: name, bytes: bytes)
    texts.append(source)
    return source
  }

  package subscript(id: SourceID) -> SourceText? {
    let index = Int(id.number)
    if index < texts.count, texts[index].id == id { return texts[index] }
    return texts.first { $0.id == id }
  }

  /// The text that goes by a name.
  package subscript(named name: String) -> SourceText? { texts.first { $0.name == name } }
}

/// Line tables of the texts that findings stand in, each made when it is first wanted: a snapshot of 20 MB without a
/// finding is never looked through for its lines.
package struct LineTables: Sendable {
  private let texts: SourceTexts
  private var tables: [SourceID: LineTable] = [:]

  package init(_ texts: SourceTexts) { self.texts = texts }

  package subscript(id: SourceID) -> LineTable? {
    mutating get {
      if let table = tables[id] { return table }
      guard let text = texts[id] else { return nil }
      let table = LineTable(text)
      tables[id] = table
      return table
    }
  }

  package subscript(named name: String) -> LineTable? {
    mutating get { texts[named: name].flatMap { self[$0.id] } }
  }
}
