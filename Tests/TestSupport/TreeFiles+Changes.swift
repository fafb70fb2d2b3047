/// Changing a tree, for small hosts made by hand and for hosts that are written to.
extension TreeFiles {
  package mutating func putFolder(_ path: String) {
    guard !path.isEmpty, entries[path] == nil else { return }
    put(path, .folder(names: []), mode: 0o755)
  }

  package mutating func putFile(_ path: String, _ text: String, mode: UInt16 = 0o644) {
    put(path, .file(Array(text.utf8)), mode: mode)
  }

  package mutating func putFile(_ path: String, bytes: [UInt8], mode: UInt16 = 0o644) {
    put(path, .file(bytes), mode: mode)
  }

  package mutating func putLink(_ path: String, to target: String) { put(path, .link(target), mode: 0o777) }

  package mutating func putDevice(_ path: String, major: UInt32, minor: UInt32, mode: UInt16 = 0o600) {
    put(path, .device(major: major, minor: minor, user: 0), mode: mode)
  }

  /// Removes what stands at a path, a folder with all in it.
  package mutating func remove(_ path: String) {
    guard let removed = entries.removeValue(forKey: path) else { return }
    if case .folder(let names) = removed.entry {
      for name in names { remove("\(path)/\(name)") }
    }
    let (parent, name) = TreeFiles.split(path)
    if case .folder(let names)? = entries[parent]?.entry {
      entries[parent]?.entry = .folder(names: names.filter { $0 != name })
    }
  }

  /// Puts an entry at a path and names it in its folder, which is made where it is missing.
  private mutating func put(_ path: String, _ entry: Entry, mode: UInt16) {
    let (parent, name) = TreeFiles.split(path)
    putFolder(parent)
    if case .folder(let names)? = entries[parent]?.entry, !names.contains(name) {
      entries[parent]?.entry = .folder(
        names: (names + [name]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      )
    }
    entries[path] = (entry, mode)
  }

  private static func split(_ path: String) -> (parent: String, name: String) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return (String(path[..<slash]), String(path[slash...].dropFirst()))
  }

  /// What stands at a path itself, without following anything.
  func bytes(at path: String) -> [UInt8]? {
    guard case .file(let bytes)? = entries[path]?.entry else { return nil }
    return bytes
  }

  /// The paths whose entries differ, byte for byte, but for those below a folder.
  package func differences(from other: TreeFiles, ignoring folder: String) -> [String] {
    Set(entries.keys).union(other.entries.keys).filter { path in
      let isIgnored = path == folder || path.hasPrefix("\(folder)/")
      // The folder itself may come and go, and its parent names it.
      guard !isIgnored, path != "" else { return false }
      return entries[path]?.entry != other.entries[path]?.entry
        || entries[path]?.mode != other.entries[path]?.mode
    }.sorted()
  }
}
