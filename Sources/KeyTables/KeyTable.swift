import YAMLSyntax

/// The keys of one mapping: what the reader takes, the schema emits and the reference page shows.
///
/// A file of 10 MB has hundreds of thousands of mappings and each reader holds its table, so a table is held by
/// reference, and what readers ask of it is worked out once.
package final class KeyTable: Sendable {
  /// Unique among the tables of one schema; the name of its definition there.
  package let name: String
  /// What the mapping says, one sentence.
  package let text: String
  package let keys: [Key]
  /// Sets of keys of which exactly one is written.
  package let exactlyOne: [[String]]
  /// The table this one is a fragment of: the same keys, some left out and none required.
  package let whole: String?
  /// The names of the keys as a text has them, and a hash of each.
  private let names: [[UInt8]]
  private let hashes: [UInt64]
  /// The positions of the keys that are required.
  let required: [Int]
  /// The positions of the keys of `exactlyOne`.
  let alternatives: [[Int]]

  package init(
    _ name: String,
    _ text: String,
    exactlyOne: [[String]] = [],
    fragmentOf whole: String? = nil,
    _ keys: [Key]
  ) {
    self.name = name
    self.text = text
    self.exactlyOne = exactlyOne
    self.whole = whole
    self.keys = keys
    self.names = keys.map { Array($0.name.utf8) }
    self.hashes = names.map(TextHash.of)
    self.required = keys.indices.filter { keys[$0].isRequired }
    self.alternatives = exactlyOne.map { names in keys.indices.filter { names.contains(keys[$0].name) } }
  }

  /// The position of the key that a node of a document names; nil where the table has none of that name.
  func position(of node: Int, in document: YAMLDocument) -> Int? {
    let hash = document.nodes.hash(of: node)
    for position in hashes.indices where hashes[position] == hash {
      if document.nodes.isText(node, names[position]) { return position }
    }
    return nil
  }

  /// Whether the key at a position has a name.
  ///
  /// Readers ask for every key a mapping may have, and most differ in length already.
  func isNamed(_ name: String, at position: Int) -> Bool {
    names[position].count == name.utf8.count && keys[position].name == name
  }

  /// The same without one of its keys.
  package func without(_ key: String) -> KeyTable {
    KeyTable(
      name,
      text,
      exactlyOne: exactlyOne,
      fragmentOf: whole,
      keys.filter { $0.name != key }
    )
  }
}

/// One key of a mapping.
package struct Key: Sendable {
  package var name: String
  package var type: KeyType
  package var isRequired: Bool
  /// What holds where it is left out, as the file would say it.
  package var standard: String?
  /// What it means, a sentence or two.
  package var text: String
  /// A value as it would be written.
  package var example: String?

  package init(
    _ name: String,
    _ type: KeyType,
    required: Bool = false,
    standard: String? = nil,
    example: String? = nil,
    _ text: String
  ) {
    self.name = name
    self.type = type
    self.isRequired = required
    self.standard = standard
    self.text = text
    self.example = example
  }
}

/// What may stand as a value.
package enum KeyType: Sendable {
  /// A decimal number without leading zeros.
  case integer(ClosedRange<Int>)
  case bool
  /// Any text that is not empty.
  case text
  /// A text of one of these shapes.
  case shaped(TextShape)
  /// One of these words.
  case words([String])
  /// One of these words, or the other type.
  indirect case wordsOr([String], KeyType)
  /// Any scalar, kept as it is written.
  case scalar
  indirect case list(KeyType)
  case mapping(KeyTable)
  /// A mapping whose keys are names of the file's own.
  case named(TextShape, KeyTable)
  /// A mapping whose keys are names of somebody else's, with values of one type.
  indirect case free(KeyType)
  /// One type where the value is a scalar, the other where it is a mapping.
  indirect case scalarOrMapping(KeyType, KeyTable)
}

/// The shapes of text that more than one key takes.
package enum TextShape: String, Sendable, CaseIterable {
  /// `[a-z][a-z0-9-]*`
  case name
  /// A node number as a key.
  case number
  case pciAddress
  /// A whole number with a binary unit.
  case size
  case uuid
  /// Hexadecimal digits without `0x`.
  case hex2, hex4, hex6
  /// `0x` and up to sixteen digits.
  case hexNumber
  /// Numbers separated by dots.
  case version
  /// `2027-01-31`
  case date
  /// A path that begins with no `/` and leaves its folder nowhere.
  case relativePath

  /// As a regular expression of JSON Schema, in what all dialects have: no look-ahead.
  package var pattern: String {
    switch self {
    case .name: "^[a-z][a-z0-9-]*$"
    case .number: "^(0|[1-9][0-9]{0,3})$"
    case .pciAddress:
      "^([0-9a-fA-F]{4}|[1-9a-fA-F][0-9a-fA-F]{4,7}):[0-9a-fA-F]{2}:[01][0-9a-fA-F]\\.[0-7]$"
    case .size: "^(0|[1-9][0-9]*)(KiB|MiB|GiB|TiB|PiB|EiB)$"
    case .uuid: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    case .hex2: "^[0-9a-f]{2}$"
    case .hex4: "^[0-9a-f]{4}$"
    case .hex6: "^[0-9a-f]{6}$"
    case .hexNumber: "^0x[0-9a-f]{1,16}$"
    case .version: "^[0-9]+(\\.[0-9]+){0,3}$"
    case .date: "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
    case .relativePath: "^[^/]"
    }
  }

  /// What no part of the text matches; a line end always, since `$` of some dialects matches before one too.
  package var forbiddenPattern: String {
    switch self {
    case .relativePath: "(^|/)\\.\\.(/|$)|\\n"
    default: "\\n"
    }
  }

  /// In words, for findings: `expected ...`.
  package var words: String {
    switch self {
    case .name: "a name of small letters, digits and '-'"
    case .number: "a number"
    case .pciAddress: "a PCI address such as \"0000:01:00.0\""
    case .size: "a size with a unit, KiB to EiB, such as 4GiB"
    case .uuid: "a UUID in small letters"
    case .hex2: "two hexadecimal digits in small letters"
    case .hex4: "four hexadecimal digits in small letters"
    case .hex6: "six hexadecimal digits in small letters"
    case .hexNumber: "a number such as 0x80000000"
    case .version: "a version such as \"10.0\""
    case .date: "a date such as 2027-01-31"
    case .relativePath: "a path below the file's own folder"
    }
  }
}
