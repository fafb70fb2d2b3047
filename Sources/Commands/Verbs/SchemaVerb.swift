import GuestSchema
import HostDoors
import HostInventory
import KeyTables
import Planning

/// The documents that have a JSON Schema.
enum SchemaName: String, CaseIterable, Sendable {
  case guest, host, plan, findings
}

/// Prints a JSON Schema.
struct SchemaVerb: Verb {
  var name: SchemaName?
  var display = Display()

  var fault: String? { display.fault }

  // MARK: Words

  var isComplete: Bool { name != nil }

  mutating func take(operand word: String) -> Bool {
    guard name == nil, let known = SchemaName(rawValue: word) else { return false }
    name = known
    return true
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    guard let name else { return .usage }
    switch name {
    case .guest: session.write(GuestSchema.schema.bytes())
    case .host: session.write(SnapshotTables.schema.bytes())
    case .plan: session.write(PlanSchema.schema.bytes())
    case .findings: session.write(FindingTables.schema.bytes())
    }
    return .success
  }
}
