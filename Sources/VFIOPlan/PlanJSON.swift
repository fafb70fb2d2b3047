import Diagnostics
import VFIOTypes

/// The canonical text of a plan: two plans are equal exactly when their texts are.
///
/// Addresses and masks are hexadecimal text, sizes are numbers of bytes, what is nil is left out. No clock; no name of
/// the host but the one in the file. Being JSON it is YAML too, and the front end reads it back.
package enum PlanJSON {
  package static func document(_ plan: Plan) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.number("schema-version", Plan.schemaVersion)
      writer.text("file", plan.file)
      writer.text("host", plan.host)
      writer.list("protect", plan.protections, protection)
      writer.list("override", plan.overrides, guardOverride)
      writer.list("bindings", plan.bindings, binding)
      writer.blocks("guests", plan.guests, guest)
      writer.list("facts", plan.facts) { fact, writer in
        writer.text("subject", fact.subject)
        writer.text("name", fact.name)
        writer.text("value", fact.value)
      }
    }
    return writer.finished()
  }

  /// The name of a plan: the first six digits of the SHA-256 of its text.
  package static func name(of plan: Plan) -> String { name(of: document(plan)) }

  /// The same of a text that is at hand.
  package static func name(of document: [UInt8]) -> String {
    String(Digest(of: document).description.prefix(6))
  }

  // MARK: The host

  private static func protection(_ protection: PlannedProtection, _ writer: inout JSONWriter) {
    switch protection.subject {
    case .device(let address): writer.text("device", address.description)
    case .interface(let name): writer.text("interface", name)
    case .block(let name): writer.text("block", name)
    }
    writer.text("reason", protection.reason)
    writer.origin(protection.origin)
  }

  private static func guardOverride(_ entry: PlannedOverride, _ writer: inout JSONWriter) {
    writer.text("guard", entry.guardClass)
    writer.text("device", entry.device.description)
    writer.text("reason", entry.reason)
    writer.origin(entry.origin)
  }

  private static func binding(_ binding: DriverBinding, _ writer: inout JSONWriter) {
    writer.text("device", binding.device.description)
    writer.addresses("group", binding.group)
    writer.text("current", binding.current)
    writer.text("target", binding.target)
    writer.text("purpose", binding.purpose.rawValue)
    writer.bool("managed", binding.isManaged)
    writer.origin(binding.origin)
  }
}

extension JSONWriter {
  mutating func origin(_ origin: Origin) {
    key("origin")
    object(compact: true) { writer in
      writer.text("path", origin.path)
      writer.number("line", origin.line)
      writer.number("column", origin.column)
      writer.number("length", origin.length)
    }
  }
}
