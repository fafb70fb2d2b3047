import Diagnostics
import YAMLSyntax

/// Emits JSON Schema (draft 2020-12) from key tables.
package struct JSONSchema: Sendable {
  package let root: KeyTable
  private let title: String
  /// All tables reachable from the root, each once, in the order they are met.
  package let tables: [KeyTable]

  package init(title: String, root: KeyTable) {
    self.title = title
    self.root = root
    var found: [KeyTable] = []
    JSONSchema.collect(root, into: &found)
    self.tables = found
  }

  /// The schema as a file.
  package func bytes() -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("$schema")
      writer.string("https://json-schema.org/draft/2020-12/schema")
      writer.key("title")
      writer.string(title)
      writer.key("$ref")
      writer.string("#/$defs/\(root.name)")
      writer.key("$defs")
      writer.object { writer in
        for table in tables {
          writer.key(table.name)
          write(table, &writer)
        }
      }
    }
    return writer.finished()
  }

  private func write(_ table: KeyTable, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("description")
      writer.string(table.text)
      writer.key("type")
      writer.string("object")
      writer.key("additionalProperties")
      writer.bool(false)
      let required = table.keys.filter(\.isRequired).map(\.name)
      if !required.isEmpty { strings("required", required, &writer) }
      if !table.exactlyOne.isEmpty { choices(table.exactlyOne, &writer) }
      writer.key("properties")
      writer.object { writer in
        for key in table.keys {
          writer.key(key.name)
          writer.object { writer in
            writer.key("description")
            writer.string(key.standard.map { "\(key.text) Default: \($0)." } ?? key.text)
            if let example = YAMLParser.snippet(key.sample) {
              writer.key("examples")
              writer.array(compact: true) { $0.node(example) }
            }
            write(key.type, &writer)
          }
        }
      }
    }
  }

  private func choices(_ sets: [[String]], _ writer: inout JSONWriter) {
    writer.key("allOf")
    writer.array { writer in
      for names in sets {
        writer.object { writer in
          writer.key("oneOf")
          writer.array { writer in
            for name in names {
              writer.object(compact: true) { strings("required", [name], &$0) }
            }
          }
        }
      }
    }
  }

  /// The keywords of a type, into an object that is open.
  private func write(_ type: KeyType, _ writer: inout JSONWriter) {
    switch type {
    case .integer(let range):
      keyword("type", "integer", &writer)
      writer.key("minimum")
      writer.number(range.lowerBound)
      writer.key("maximum")
      writer.number(range.upperBound)
    case .bool: keyword("type", "boolean", &writer)
    case .text:
      keyword("type", "string", &writer)
      writer.key("minLength")
      writer.number(1)
    case .shaped(let shape):
      keyword("type", "string", &writer)
      self.shape(shape, &writer)
    case .words(let words): strings("enum", words, &writer)
    case .wordsOr(let words, let other):
      alternatives(
        &writer,
        { writer in writer.object { strings("enum", words, &$0) } },
        { writer in
          writer.object { write(other, &$0) }
        }
      )
    case .scalar: strings("type", ["string", "number", "boolean", "null"], &writer)
    case .list(let element):
      keyword("type", "array", &writer)
      writer.key("items")
      writer.object { write(element, &$0) }
    case .mapping(let table): keyword("$ref", "#/$defs/\(table.name)", &writer)
    case .named(let shape, let table):
      keyword("type", "object", &writer)
      writer.key("propertyNames")
      writer.object(compact: true) { self.shape(shape, &$0) }
      writer.key("additionalProperties")
      writer.object(compact: true) { keyword("$ref", "#/$defs/\(table.name)", &$0) }
    case .free(let element):
      keyword("type", "object", &writer)
      writer.key("additionalProperties")
      writer.object(compact: true) { write(element, &$0) }
    case .scalarOrMapping(let scalar, let table):
      alternatives(
        &writer,
        { writer in writer.object { write(scalar, &$0) } },
        { writer in
          writer.object(compact: true) { keyword("$ref", "#/$defs/\(table.name)", &$0) }
        }
      )
    }
  }

  private func alternatives(
    _ writer: inout JSONWriter,
    _ first: (inout JSONWriter) -> Void,
    _ second: (inout JSONWriter) -> Void
  ) {
    writer.key("anyOf")
    writer.array { writer in
      first(&writer)
      second(&writer)
    }
  }

  /// The expressions of a shape: one it matches, one it does not.
  private func shape(_ shape: TextShape, _ writer: inout JSONWriter) {
    keyword("pattern", shape.pattern, &writer)
    writer.key("not")
    writer.object(compact: true) { keyword("pattern", shape.forbiddenPattern, &$0) }
  }

  private func keyword(_ name: String, _ value: String, _ writer: inout JSONWriter) {
    writer.key(name)
    writer.string(value)
  }

  private func strings(_ name: String, _ values: [String], _ writer: inout JSONWriter) {
    writer.key(name)
    writer.array(compact: true) { writer in
      for value in values { writer.string(value) }
    }
  }

  private static func collect(_ table: KeyTable, into found: inout [KeyTable]) {
    guard !found.contains(where: { $0.name == table.name }) else { return }
    found.append(table)
    for key in table.keys { collect(key.type, into: &found) }
  }

  private static func collect(_ type: KeyType, into found: inout [KeyTable]) {
    switch type {
    case .mapping(let table), .named(_, let table): collect(table, into: &found)
    case .scalarOrMapping(let scalar, let table):
      collect(scalar, into: &found)
      collect(table, into: &found)
    case .list(let element), .wordsOr(_, let element), .free(let element): collect(element, into: &found)
    case .integer, .bool, .text, .shaped, .words, .scalar: break
    }
  }
}
