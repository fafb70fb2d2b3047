import ArgumentParser
import GuestSchema
import HostDoors
import HostInventory
import KeyTables
import Planning

/// Prints a JSON Schema.
struct SchemaCommand: Verb {
  /// The documents that have one.
  enum Name: String, CaseIterable, ExpressibleByArgument, Sendable {
    case guest, host, plan, findings
  }

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
  var name: Name

  @OptionGroup var display: DisplayOptions

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    switch name {
    case .guest: session.write(GuestSchema.schema.bytes())
    case .host: session.write(SnapshotTables.schema.bytes())
    case .plan: session.write(PlanSchema.schema.bytes())
    case .findings: session.write(FindingTables.schema.bytes())
    }
    return .success
  }
}
