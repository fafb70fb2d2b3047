/// Shows findings to programs; `Schemas/findings.schema.json` is the contract.
package struct JSONRenderer: Sendable {
  /// Raised with every change of meaning.
  package static let schemaVersion = 1

  private var tables: LineTables

  package init(_ texts: SourceTexts) { self.tables = LineTables(texts) }

  /// All findings as one document.
  package mutating func document(_ findings: [Diagnostic]) -> [UInt8] {
    var writer = JSONWriter()
    var tables = tables
    writer.object { writer in
      writer.key("schema-version")
      writer.number(JSONRenderer.schemaVersion)
      writer.key("findings")
      writer.array { writer in
        for finding in findings { JSONRenderer.write(finding, &tables, &writer) }
      }
    }
    self.tables = tables
    return writer.finished()
  }

  private static func write(_ finding: Diagnostic, _ tables: inout LineTables, _ writer: inout JSONWriter) {
    let finding = tables.located(finding)
    writer.object { writer in
      writer.key("rule")
      writer.string(finding.rule)
      writer.key("severity")
      writer.string(finding.severity.rawValue)
      writer.key("message")
      writer.string(finding.message)
      place(finding.range, &tables, &writer)
      if finding.range == nil, let place = finding.place { JSONRenderer.place(place, &writer) }
      optional("label", finding.label, &writer)
      if !finding.notes.isEmpty {
        writer.key("notes")
        writer.array { writer in
          for note in finding.notes {
            writer.object { writer in
              writer.key("message")
              writer.string(note.message)
              place(note.range, &tables, &writer)
            }
          }
        }
      }
      strings("facts", finding.facts, &writer)
      optional("why", finding.why, &writer)
      strings("help", finding.help, &writer)
      if !finding.fixIts.isEmpty { fixes(finding.fixIts, &tables, &writer) }
    }
  }

  private static func fixes(_ fixIts: [FixIt], _ tables: inout LineTables, _ writer: inout JSONWriter) {
    writer.key("fixes")
    writer.array { writer in
      for fixIt in fixIts {
        writer.object { writer in
          writer.key("message")
          writer.string(fixIt.message)
          writer.key("edits")
          writer.array { writer in
            for edit in fixIt.edits {
              writer.object { writer in
                place(edit.range, &tables, &writer)
                writer.key("replacement")
                writer.string(edit.replacement)
              }
            }
          }
        }
      }
    }
  }

  private static func optional(_ name: String, _ text: String?, _ writer: inout JSONWriter) {
    guard let text else { return }
    writer.key(name)
    writer.string(text)
  }

  private static func strings(_ name: String, _ texts: [String], _ writer: inout JSONWriter) {
    guard !texts.isEmpty else { return }
    writer.key(name)
    writer.array { writer in
      for text in texts { writer.string(text) }
    }
  }

  /// A place in a text that is not loaded: its file and start.
  private static func place(_ place: TextPlace, _ writer: inout JSONWriter) {
    writer.key("file")
    writer.string(place.file)
    writer.key("start")
    writer.object(compact: true) { writer in
      writer.key("line")
      writer.number(place.line)
      writer.key("column")
      writer.number(place.column)
    }
  }

  /// The file and both ends of a range; nothing for a finding that stands in no text.
  private static func place(_ range: SourceRange?, _ tables: inout LineTables, _ writer: inout JSONWriter) {
    guard let range, let table = tables[range.source] else { return }
    writer.key("file")
    writer.string(table.source.name)
    for (name, offset) in [("start", range.start), ("end", range.end)] {
      let place = table.place(of: offset)
      writer.key(name)
      writer.object(compact: true) { writer in
        writer.key("line")
        writer.number(place.line)
        writer.key("column")
        writer.number(place.column)
        writer.key("offset")
        writer.number(offset)
      }
    }
  }
}
