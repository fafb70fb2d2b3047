package import HostDoors
import Synchronization

/// What of a host was looked at, so that it can be saved and looked at again.
///
/// It answers as the host does and remembers each answer: reading a snapshot through it leaves in it exactly the
/// files, folders and links the snapshot rests on, and nothing else.
package final class CapturedTree: HostFiles {
  /// One thing of the tree.
  package enum Entry: Hashable, Sendable {
    case folder
    case link(to: String)
    case file([UInt8])
  }

  private let base: any HostFiles
  private let seen = Mutex<[String: Entry]>([:])

  package init(of base: any HostFiles) { self.base = base }

  /// Everything that was looked at, folders before what they hold; device nodes are shown as empty files.
  package var entries: [(path: String, entry: Entry)] {
    seen.withLock { seen in
      seen.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) }
    }
  }

  package func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    let bytes = try base.read(path, limit: limit)
    remember(walked(path), .file(bytes))
    return bytes
  }

  package func names(in path: String) throws(HostFileError) -> [String] {
    let names = try base.names(in: path)
    let folder = walked(path)
    remember(folder, .folder)
    for name in names { look(CapturedTree.path(folder, name)) }
    return names
  }

  private static func path(_ folder: String, _ name: String) -> String {
    folder == "/" ? "/\(name)" : "\(folder)/\(name)"
  }

  package func target(ofLink path: String) throws(HostFileError) -> String {
    let target = try base.target(ofLink: path)
    _ = walked(path)
    return target
  }

  package func resolved(_ path: String) throws(HostFileError) -> String {
    let resolved = try base.resolved(path)
    look(walked(path))
    return resolved
  }

  package func status(_ path: String) throws(HostFileError) -> HostFileStatus {
    let status = try base.status(path)
    let parts = path.split(separator: "/")
    guard let last = parts.last else { return status }
    let folder = walked(parts.dropLast().joined(separator: "/"))
    remember(folder, .folder)
    look(CapturedTree.path(folder, String(last)))
    return status
  }

  /// Remembers that something stands at a path that has no link in it but perhaps the last.
  private func look(_ path: String) {
    _ = entry(path)
  }

  /// What stands at such a path, by what is remembered where it is: a host far away answers slowly.
  private func entry(_ path: String) -> Entry? {
    if let entry = seen.withLock({ $0[path] }) { return entry }
    guard let status = try? base.status(path) else { return nil }
    let entry: Entry? =
      switch status.kind {
      case .folder: .folder
      case .link: (try? base.target(ofLink: path)).map { .link(to: $0) }
      case .file, .characterDevice, .other: .file([])
      }
    if let entry { remember(path, entry) }
    return entry
  }

  /// Goes along a path, remembers the folders and links on the way, and tells where it ends.
  private func walked(_ path: String) -> String {
    var pending = path.split(separator: "/").map(String.init)
    var done: [String] = []
    var links = 0
    while !pending.isEmpty {
      let part = pending.removeFirst()
      if part == "." { continue }
      if part == ".." {
        _ = done.popLast()
        continue
      }
      done.append(part)
      let here = "/" + done.joined(separator: "/")
      let entry = entry(here)
      guard links < 40, case .link(let target)? = entry else {
        // A host far away may serve what is below a folder and not the folder itself.
        if entry == nil && !pending.isEmpty { remember(here, .folder) }
        continue
      }
      links += 1
      done.removeLast()
      if target.hasPrefix("/") { done = [] }
      pending = target.split(separator: "/").map(String.init) + pending
    }
    return "/" + done.joined(separator: "/")
  }

  private func remember(_ path: String, _ entry: Entry) {
    guard path != "/" else { return }
    seen.withLock { seen in
      // What was read is not forgotten when it is only looked at again.
      if case .file(let bytes)? = seen[path], !bytes.isEmpty { return }
      seen[path] = entry
    }
  }
}
