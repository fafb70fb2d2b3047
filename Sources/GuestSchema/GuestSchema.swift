package import KeyTables

/// The schema of a guest file, emitted from its key tables.
package enum GuestSchema {
  package static let schema = JSONSchema(title: "A vfioplan guest file", root: GuestTables.file)
}
