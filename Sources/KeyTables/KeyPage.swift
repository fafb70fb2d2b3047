/// The reference page of all keys of a schema, in Markdown.
package struct KeyPage: Sendable {
  private let title: String
  private let introduction: String
  private let schema: JSONSchema

  /// A page of the tables of a schema, in the order they are met.
  package init(title: String, introduction: String, schema: JSONSchema) {
    self.title = title
    self.introduction = introduction
    self.schema = schema
  }

  /// The page as a file.
  package func bytes() -> [UInt8] {
    var lines = ["# \(title)", "", introduction]
    for (table, path) in places() {
      lines += ["", "## \(table.name)", ""]
      lines.append(path.isEmpty ? table.text : "\(table.text) At `\(path)`.")
      if let whole = table.whole {
        lines.append("Its keys are those of [\(whole)](#\(whole)) without `use`, and none is required.")
      } else {
        lines += KeyPage.demands(of: table) + [""] + KeyPage.rows(of: table)
      }
    }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private static func demands(of table: KeyTable) -> [String] {
    table.exactlyOne.map { "Exactly one of \(list($0)) is written." }
  }

  private static func rows(of table: KeyTable) -> [String] {
    ["| key | type | default | meaning | example |", "|---|---|---|---|---|"]
      + table.keys.map { key in
        let standard = key.isRequired ? "required" : key.standard.map { "`\($0)`" } ?? ""
        let cells = ["`\(key.name)`", words(key.type), standard, key.text, "`\(key.sample)`"]
        return "| " + cells.map(escaped).joined(separator: " | ") + " |"
      }
  }

  // MARK: Types in words

  private static func words(_ type: KeyType) -> String {
    switch type {
    case .integer(let range):
      range.upperBound == Int.max
        ? "number from \(range.lowerBound)" : "number, \(range.lowerBound) to \(range.upperBound)"
    case .bool: "`true` or `false`"
    case .text: "text"
    case .shaped(let shape): shape.words
    case .words(let words): list(words)
    case .wordsOr(let words, let other): "\(list(words)), or \(self.words(other))"
    case .scalar: "any single value"
    case .list(let element): "list of: \(words(element))"
    case .mapping(let table): link(table)
    case .named(let shape, let table): "\(link(table)) by \(shape.words)"
    case .free(let element): "mapping of any names to: \(words(element))"
    case .scalarOrMapping(let scalar, let table): "\(words(scalar)), or \(link(table))"
    }
  }

  private static func link(_ table: KeyTable) -> String { "[\(table.name)](#\(table.name))" }

  private static func list(_ words: [String]) -> String {
    let quoted = words.map { "`\($0)`" }
    guard quoted.count > 1 else { return quoted.joined() }
    return quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
  }

  /// A bar ends a cell of a table, even in code.
  private static func escaped(_ cell: String) -> String {
    String(cell.flatMap { $0 == "|" ? ["\\", "|"] : [$0] })
  }

  // MARK: Where a mapping stands

  /// A table and the first path to it.
  private typealias Place = (table: KeyTable, path: String)

  /// The tables in reading order; what is below a fragment is shown at the whole it is a fragment of.
  private func places() -> [Place] {
    var places: [Place] = []
    KeyPage.collect(schema.root, "", &places)
    let fragments = places.filter { $0.table.whole != nil }
    return places.filter { $0.table.whole == nil } + fragments
  }

  private static func collect(_ table: KeyTable, _ path: String, _ places: inout [Place]) {
    guard !places.contains(where: { $0.table.name == table.name }) else { return }
    places.append((table, path))
    guard table.whole == nil else { return }
    for key in table.keys { collect(key.type, path.isEmpty ? key.name : "\(path).\(key.name)", &places) }
  }

  private static func collect(_ type: KeyType, _ path: String, _ places: inout [Place]) {
    switch type {
    case .mapping(let table): collect(table, path, &places)
    case .named(_, let table): collect(table, "\(path).NAME", &places)
    case .list(let element): collect(element, "\(path).N", &places)
    case .wordsOr(_, let other): collect(other, path, &places)
    case .free(let element): collect(element, "\(path).NAME", &places)
    case .scalarOrMapping(let scalar, let table):
      collect(scalar, path, &places)
      collect(table, path, &places)
    case .integer, .bool, .text, .shaped, .words, .scalar: break
    }
  }
}
