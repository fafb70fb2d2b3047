import ArgumentParser

/// The words of `schema`.
struct SchemaCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of guest files, host snapshots, plans or findings.",
    discussion: """
      Editors that know YAML check a file while it is written, where its first line is
      '# yaml-language-server: $schema=guest.schema.json'.

      EXAMPLES:
        vfioplan schema guest > guest.schema.json
        vfioplan schema findings
      """
  )

  @Argument(help: "guest, host, plan or findings.")
  var name: SchemaName

  @OptionGroup var display: DisplayOptions

  func verb() -> SchemaVerb { SchemaVerb(name: name, display: display.display) }
}
