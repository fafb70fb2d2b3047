import Diagnostics
import HostDoors
import HostInventory
import YAMLSyntax

/// What is known of a host, and the text it was read from.
struct HostFacts: Sendable {
  var snapshot: HostSnapshot?
  /// Nil where the facts stand in no text: a live host, a saved tree.
  var text: SourceText?
  /// Findings in the text.
  var diagnostics: [Diagnostic] = []
  /// Why there is nothing.
  var fault: HostFileError.Reason?

  /// Facts that were read from the files of a host.
  static func read(_ files: some HostFiles) -> HostFacts {
    let snapshot = SysfsReader.snapshot(of: files)
    // What was read of a host that got lost on the way looks like one that lacks the rest.
    return files.isLost ? HostFacts(fault: .lost) : HostFacts(snapshot: snapshot)
  }

  /// Facts of a snapshot document.
  static func parse(_ source: SourceText, limits: YAMLLimits) -> HostFacts {
    var facts = HostFacts(text: source)
    if let document = YAMLParser.parse(source, limits: limits, diagnostics: &facts.diagnostics) {
      facts.snapshot = SnapshotReader.read(document, diagnostics: &facts.diagnostics)
    }
    return facts
  }

  static func read(
    _ place: InputPlace,
    id: SourceID,
    limits: YAMLLimits,
    through files: some UserFiles
  ) -> HostFacts {
    do throws(HostFileError) {
      let bytes = try place.bytes(limit: limits.bytes, through: files)
      return parse(SourceText(id: id, name: place.name, bytes: bytes), limits: limits)
    } catch {
      return HostFacts(fault: error.reason)
    }
  }

  /// Ids of snapshots come after those of all guest files, so that what stands in a guest file is said first.
  static func id(_ number: Int) -> SourceID { SourceID(0x8000_0000 + UInt32(number)) }
}

/// Which host the command line names.
enum HostChoice: Sendable {
  /// The one each file names.
  case written
  case none
  case live
  case path(String)

  init(_ word: String?) {
    self =
      switch word {
      case nil: .written
      case "none": .none
      case "live": .live
      case let path?: .path(path)
      }
  }

  /// The facts of a host named on the command line; nil where each file is asked, or none is wanted.
  func facts<Door: Machine>(on machine: Door, limits: YAMLLimits) -> HostFacts? {
    switch self {
    case .written, .none: return nil
    case .live: return .read(machine.host)
    case .path(let path):
      if path != "-", (try? machine.files.status(path))?.kind == .folder {
        return .read(machine.tree(at: path))
      }
      return .read(InputPlace(path), id: HostFacts.id(0), limits: limits, through: machine.files)
    }
  }

  /// The files of the host, where what is wanted of it is more than facts; nil where there are none, which is said.
  func files<Door: Machine>(in session: inout Session<Door>) -> Door.Host? {
    switch self {
    case .path(let path):
      guard (try? session.machine.files.status(path))?.kind == .folder else {
        session.complain(
          "'\(path)' is no saved tree",
          help: "a tree is a folder that holds 'sys', 'proc' and 'dev'"
        )
        return nil
      }
      return session.machine.tree(at: path)
    case .live, .none, .written: return session.machine.host
    }
  }

  /// What to say of facts that could not be had.
  func complaint(_ facts: HostFacts) -> String? {
    guard let fault = facts.fault else { return nil }
    let facts = if case .path(let path) = self { "the host facts '\(path)'" } else { "the host facts" }
    return "\(facts) cannot be read: \(FileFault.words(fault))"
  }
}

extension HostFiles {
  /// Whether nobody answers any more.
  var isLost: Bool {
    do throws(HostFileError) { _ = try status("/dev") } catch { return error.reason == .lost }
    return false
  }
}
