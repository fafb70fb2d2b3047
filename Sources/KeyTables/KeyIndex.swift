import YAMLSyntax

/// The names of a table's keys, made ready to be found: a file of 10 MB looks up a million of them.
struct KeyIndex: Sendable {
  private let names: [[UInt8]]
  private let hashes: [UInt64]

  init(_ keys: [Key]) {
    names = keys.map { Array($0.name.utf8) }
    hashes = names.map(TextHash.of)
  }

  /// The position of the key a node names; nil where the table has none of that name.
  func position(of node: YAMLNode) -> Int? {
    let hash = node.textHash
    for position in hashes.indices where hashes[position] == hash && node.isText(names[position]) {
      return position
    }
    return nil
  }
}
