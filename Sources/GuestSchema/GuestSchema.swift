package import KeyTables

/// The schema of a guest file, emitted from its key tables.
package enum GuestSchema {
  package static let schema = JSONSchema(title: "A vfioplan guest file", root: GuestTables.file)

  /// The reference page of all its keys.
  package static let keyPage = KeyPage(
    title: "Keys of a guest file",
    introduction: """
      Every mapping of a guest file and the keys it may have. Any other key is refused, and a value has the type of
      its key, never of its look.
      """,
    schema: schema
  )
}
