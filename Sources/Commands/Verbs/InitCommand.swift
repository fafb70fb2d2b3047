import ArgumentParser
import Diagnostics
import GuestSchema
import HostDoors
import HostInventory
import KeyTables
import VFIOTypes
import YAMLSyntax

/// Writes a first guest file.
struct InitCommand: Verb {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a commented, checked guest file for devices of a host.",
    discussion: """
      The file names each device with the ids found at its address, and says what becomes of the other members of its \
      IOMMU group. It is checked at once, and the findings say what is still to be done. Nothing is written for a \
      device the host does not have, and a file that exists is never overwritten.

      EXAMPLES:
        vfioplan init --device 0000:01:00.0 0000:01:00.1
        vfioplan init --device 0000:01:00.0 --guest gpu1 --memory 16GiB --out gpu1.yaml
        vfioplan init --device 0001:01:00.0 --host p9.json --out db1.yaml
      """
  )

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Addresses of the devices, such as 0000:01:00.0.", valueName: "addr"),
    transform: InitCommand.address
  )
  var device: [PCIAddress] = []

  @Option(help: ArgumentHelp("The guest's name.", valueName: "name"))
  var guest = "vm1"

  @Option(
    help: ArgumentHelp(
      "The machine type; where it is left out, the one that fits the host.",
      valueName: "type"
    )
  )
  var machine: String?

  @Option(help: ArgumentHelp("The guest's RAM.", valueName: "size"), transform: InitCommand.size)
  var memory = ByteCount(4 << 30)

  @Option(help: ArgumentHelp("Write to this new file; '-' and none are standard output.", valueName: "file"))
  var out: String?

  @OptionGroup var place: HostPlaceOptions
  @OptionGroup var display: DisplayOptions

  func validate() throws {
    if device.isEmpty {
      throw ValidationError("no device is named: '--device ADDR'; 'vfioplan host list' lists them")
    }
    if !TextShape.name.matches(Array(guest.utf8)[...]) {
      throw ValidationError("the guest name '\(guest)' is not one of small letters, digits and '-'")
    }
  }

  private static func address(_ word: String) throws -> PCIAddress {
    guard let address = PCIAddress(word) else {
      throw ValidationError("expected a PCI address with its domain, such as 0000:01:00.0")
    }
    return address
  }

  private static func size(_ word: String) throws -> ByteCount {
    guard let size = ByteCount(word) else {
      throw ValidationError("expected a size with a unit, such as 4GiB")
    }
    return size
  }

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    let (facts, status) = place.facts(in: &session)
    guard let facts, let host = facts.snapshot, status == .success else { return status }
    let file = InitialFile(
      guest: guest,
      machine: machine.map { MachineType($0) } ?? InitialFile.machine(for: host),
      memory: memory,
      devices: device,
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
    guard device.allSatisfy({ host.devices.isEmpty || host.device(at: $0) != nil }) else {
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
