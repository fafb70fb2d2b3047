import Diagnostics
package import KeyTables

/// The keys of the findings document that `--format json` writes; its schema follows from them.
package enum FindingTables {
  package static let schema = JSONSchema(title: "Findings of vfioplan", root: document)

  private static let document = KeyTable(
    "findings",
    "What a run has found.",
    [
      Key(
        "schema-version",
        .integer(JSONRenderer.schemaVersion...JSONRenderer.schemaVersion),
        required: true,
        "Raised with every change of meaning."
      ),
      Key("findings", .list(.mapping(finding)), required: true, "In the order of the files and their lines."),
    ]
  )

  private static let finding = KeyTable(
    "finding",
    "What one rule reports about one place.",
    [
      Key(
        "rule",
        .text,
        required: true,
        example: "group-not-viable",
        "The stable id; 'vfioplan explain' tells more."
      ),
      Key("severity", .words(Severity.allCases.map(\.rawValue)), required: true, "How much it weighs."),
      Key("message", .text, required: true, "One clause."),
    ] + place(of: "the fault; absent where it stands in no text") + [
      Key("label", .text, "What is said beneath the underlined text."),
      Key("notes", .list(.mapping(note)), "Second places, and facts that decided."),
      Key("facts", .list(.text), "Lines of a table of facts."),
      Key("why", .text, "Why it is so."),
      Key("help", .list(.text), "What to do, each a sentence of its own."),
      Key("fixes", .list(.mapping(fix)), "Changes that make it go away."),
    ]
  )

  private static let note = KeyTable(
    "note",
    "A second place, or a fact that decided.",
    [Key("message", .text, required: true, "One clause.")] + place(of: "what it points at")
  )

  private static let fix = KeyTable(
    "fix",
    "A change that makes a finding go away.",
    [
      Key("message", .text, required: true, "What it does, as an imperative."),
      Key("edits", .list(.mapping(edit)), required: true, "In order and without overlap."),
    ]
  )

  private static let edit = KeyTable(
    "edit",
    "The replacement of a stretch of text; an empty stretch inserts.",
    place(of: "the text that is replaced") + [
      Key("replacement", .scalar, required: true, "What stands there afterwards.")
    ]
  )

  private static let position = KeyTable(
    "position",
    "A place in a text.",
    [
      Key("line", .integer(1...Int.max), required: true, "From 1."),
      Key("column", .integer(1...Int.max), required: true, "From 1, in code points."),
      Key("offset", .integer(0...Int.max), "In bytes, from 0; absent where the text was not read."),
    ]
  )

  private static func place(of what: String) -> [Key] {
    [
      Key("file", .text, "The file of \(what)."), Key("start", .mapping(position), "The first character."),
      Key("end", .mapping(position), "The place after the last one."),
    ]
  }
}
