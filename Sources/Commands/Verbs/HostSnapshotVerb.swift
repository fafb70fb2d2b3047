import HostDoors
import HostInventory

/// Writes the snapshot of a host.
struct HostSnapshotVerb: Verb {
  var out: String?
  /// The folder that the files themselves are saved below, instead.
  var tree: String?
  var place = HostPlace()
  var display = Display()

  var via: Via { place.via }

  var fault: String? {
    let both = tree != nil && out != nil ? "'--tree' and '--out' exclude each other" : nil
    return place.fault ?? display.fault ?? both
  }

  // MARK: Words

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    switch name {
    case "--out": out = words.value()
    case "--tree": tree = words.value()
    default: return place.take(option: name, &words)
    }
    return true
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    if let tree { return save(to: tree, in: &session) }
    let (facts, status) = place.facts(in: &session)
    guard let snapshot = facts?.snapshot, status == .success else { return status }
    return session.deliver(SnapshotWriter.document(snapshot), to: out)
  }

  private func save<Door: Machine>(to folder: String, in session: inout Session<Door>) -> ExitStatus {
    guard let files = HostChoice(place.host).files(in: &session) else { return .unreadable }
    let captured = CapturedTree(of: files)
    _ = SysfsReader.snapshot(of: captured)
    // Whatever was read until then is no tree of that host; the loss is told at the end.
    guard !files.isLost else { return .unreadable }
    do throws(HostFileError) {
      try session.machine.files.createFolder(folder)
      for (path, entry) in captured.entries {
        let place = folder + path
        switch entry {
        case .folder: try session.machine.files.createFolder(place)
        case .link(let target): try session.machine.files.createLink(place, to: target)
        case .file(let bytes): try session.machine.files.create(place, with: bytes)
        }
      }
    } catch {
      session.complain("'\(error.path)' cannot be written: \(FileFault.words(error.reason))")
      return .unreadable
    }
    return .success
  }
}
