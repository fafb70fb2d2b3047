import Diagnostics
package import HostDoors
import KeyTables
import VFIOTypes
import YAMLSyntax

/// The record as one small file of JSON, read by the front end that reads everything else.
///
/// Drivers are bound until the next boot, and so long the file counts: it lies where a boot finds nothing, and carries
/// the number of its boot for places that do not forget.
package struct StateFile: ChangeRecord {
  private let path: String
  private let files: any HostFiles
  private let writes: any HostWrites

  /// A record in a folder that is there when it is written.
  package init(_ path: String, files: any HostFiles, writes: any HostWrites) {
    self.path = path
    self.files = files
    self.writes = writes
  }

  // MARK: Writing

  package func replace(with entries: [RecordedBinding]) throws(ChangeRecordError) {
    do throws(HostWriteError) {
      guard entries.isEmpty else { return try writes.replace(path, with: document(entries)) }
      // Nothing is taken: then there is nothing to read either.
      if (try? files.status(path)) != nil { try writes.remove(path) }
    } catch {
      throw ChangeRecordError(
        ChangeRule.kernelRefused.finding(
          "the record '\(error.path)' could not be kept",
          at: nil,
          facts: ["\(error.call): \(ErrorWords.text(error.errno))"],
          why: "without it, what was bound before could not be given back"
        )
      )
    }
  }

  private func document(_ entries: [RecordedBinding]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.key("schema-version")
      writer.number(1)
      if let boot {
        writer.key("boot")
        writer.string(boot)
      }
      writer.key("devices")
      writer.array { writer in
        for entry in entries.sorted(by: { $0.device < $1.device }) {
          writer.object(compact: true) { writer in
            let parts = [
              ("device", entry.device.description), ("ids", entry.ids), ("driver", entry.before.driver),
              ("override", entry.before.override), ("target", entry.target),
            ]
            for (name, value) in parts {
              guard let value else { continue }
              writer.key(name)
              writer.string(value)
            }
          }
        }
      }
    }
    return writer.finished()
  }

  private var boot: String? {
    let bytes = try? files.read("/proc/sys/kernel/random/boot_id", limit: 100)
    return bytes.map { String(decoding: $0.prefix { $0 != 0x0a }, as: UTF8.self) }
  }

  // MARK: Reading

  private static let file = KeyTable(
    "state",
    "What was bound before.",
    [
      Key("schema-version", .integer(1...1), required: true, "The version of this form."),
      Key("boot", .text, "The boot it counts for."),
      Key("devices", .list(.mapping(device)), required: true, "The functions taken."),
    ]
  )

  private static let device = KeyTable(
    "state-device",
    "One function.",
    [
      Key("device", .shaped(.pciAddress), required: true, "Its address."),
      Key("ids", .text, "Its vendor and device id."),
      Key("driver", .text, "The driver that had it; absent where none had."),
      Key("override", .text, "The only driver that might bind it; absent where any might."),
      Key("target", .text, required: true, "The driver it was given."),
    ]
  )

  package func entries() throws(ChangeRecordError) -> [RecordedBinding] {
    let bytes: [UInt8]
    do throws(HostFileError) {
      bytes = try files.read(path, limit: 1 << 22)
    } catch {
      if error.reason == .absent { return [] }
      throw unreadable("\(error.reason)")
    }
    var diagnostics: [Diagnostic] = []
    let source = SourceText(id: SourceID(0), name: path, bytes: bytes)
    guard let root = YAMLParser.parse(source, diagnostics: &diagnostics)?.root, root.style == .mapping else {
      throw unreadable(diagnostics.first?.message ?? "no mapping")
    }
    let keys = MappingReader(root, StateFile.file, &diagnostics)
    let found = keys.list("devices").compactMap { node -> RecordedBinding? in
      let keys = MappingReader(node, StateFile.device, &diagnostics)
      guard let device = keys.address("device")?.value, let target = keys.text("target")?.value else {
        return nil
      }
      let before = BindingState(driver: keys.text("driver")?.value, override: keys.text("override")?.value)
      return RecordedBinding(device: device, ids: keys.text("ids")?.value, before: before, target: target)
    }
    // A record that is only partly understood would give back only a part.
    if let fault = diagnostics.first(where: { $0.severity == .error }) { throw unreadable(fault.message) }
    // Another boot's bindings ended with it.
    if let then = keys.text("boot")?.value, let now = boot, then != now { return [] }
    return found
  }

  private func unreadable(_ fact: String) -> ChangeRecordError {
    ChangeRecordError(
      ChangeRule.recordUnreadable.finding(
        "the record '\(path)' cannot be read",
        at: nil,
        facts: [fact],
        help: ["look at the file; remove it only where no function is to be given back"]
      )
    )
  }
}
