import Diagnostics
import GuestSchema
import HostDoors
import HostInventory
import KeyTables
import VFIOTypes
import YAMLSyntax

/// Writes a first guest file.
struct InitVerb: Verb {
  var devices: [PCIAddress] = []
  /// The guest's name.
  var guest = "vm1"
  /// The machine type; nil is the one that fits the host.
  var machine: String?
  var memory = ByteCount(4 << 30)
  /// The new file; '-' and none are standard output.
  var out: String?
  var place = HostPlace()
  var display = Display()

  var via: Via { place.via }

  var fault: String? {
    if let fault = place.fault ?? display.fault { return fault }
    if devices.isEmpty {
      return "no device is named: '--device ADDR'; 'vfioplan host list' lists them"
    }
    return TextShape.name.matches(Array(guest.utf8)[...])
      ? nil : "the guest name '\(guest)' is not one of small letters, digits and '-'"
  }

  // MARK: Words

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--device": devices += words.values { PCIAddress($0) }
    case "--guest": guest = words.value() ?? guest
    case "--machine": machine = words.value()
    case "--memory": memory = words.value { ByteCount($0) } ?? memory
    case "--out": out = words.value()
    default: return place.take(option: name, &words)
    }
    return true
  }

  static func size(_ word: String) throws(UsageFault) -> ByteCount {
    guard let size = ByteCount(word) else { throw UsageFault("expected a size with a unit, such as 4GiB") }
    return size
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let (facts, status) = place.facts(in: &session)
    guard let facts, let host = facts.snapshot, status == .success else { return status }
    let file = InitialFile(
      guest: guest,
      machine: machine.map { MachineType($0) } ?? InitialFile.machine(for: host),
      memory: memory,
      devices: devices,
      snapshot: snapshotName(session.machine.files),
      host: host,
      names: session.pciNames(host)
    )
    let bytes = Array(file.text.utf8)
    let name = out == nil || out == "-" ? "<stdout>" : out ?? ""
    let source = SourceText(id: SourceID(0), name: name, bytes: bytes)
    let text = GuestText.parse(source, folder: InputPlace.folder(of: name), limits: YAMLLimits())
    let checker = Checker(today: session.machine.clock.today(), isStrict: false)
    let threads = SideBySide(workers: session.machine.workers, jobs: 1)
    let outcome = checker.judge([text], text.configuration, facts, by: threads)
    session.tell(outcome.findings, in: outcome.texts)
    guard devices.allSatisfy({ host.devices.isEmpty || host.device(at: $0) != nil }) else {
      session.complain("nothing is written, since the host has no such device")
      return .findings
    }
    guard let out, out != "-" else {
      session.write(bytes)
      return outcome.status
    }
    do throws(HostFileError) { try session.machine.files.create(out, with: bytes) } catch {
      session.complain("'\(out)' cannot be written: \(FileFault.words(error.reason))")
      return .unreadable
    }
    return outcome.status
  }

  /// The snapshot as the new file may name it: relative, below its folder.
  private func snapshotName(_ files: some UserFiles) -> String? {
    guard case .path(let path) = HostChoice(place.host), path != "-", !path.hasPrefix("/"),
      !path.split(separator: "/").contains(".."), (try? files.status(path))?.kind == .file
    else { return nil }
    let folder = InputPlace.folder(of: out ?? "-")
    if folder == "." { return path }
    return path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.utf8.count + 1)) : nil
  }
}
