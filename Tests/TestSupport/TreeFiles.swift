package import Foundation
package import HostDoors

/// A captured host tree in memory: the text form of `../shared/hosts`.
package struct TreeFiles: HostFiles {
  enum Entry: Equatable {
    case folder(names: [String])
    case link(String)
    case file([UInt8])
    case device(major: UInt32, minor: UInt32, user: UInt32)
    /// A file or folder that may not be read.
    case denied
  }

  var entries: [String: (entry: Entry, mode: UInt16)] = [:]

  /// Reads a tree: path, kind, mode and content between tabs, an entry a line.
  package init(text: String) {
    var names: [String: [String]] = ["": []]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false).map(
        String.init
      )
      guard fields.count == 4 else { continue }
      let path = "/" + fields[0]
      let parent = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
      names[String(parent), default: []].append(String(path.dropFirst(parent.count + 1)))
      entries[path] = (TreeFiles.entry(fields[1], fields[3]), UInt16(fields[2], radix: 8) ?? 0)
    }
    for (path, names) in names {
      entries[path] = (.folder(names: names.sorted()), entries[path]?.mode ?? 0o755)
    }
  }

  /// The trees of the shared folder.
  package static let names = [
    "arm64-smmuv3", "powernv9-64k", "powernv9-switch", "pseries-4k", "pseries-64k", "x86-amd-iommu",
    "x86-intel-iommu", "x86-intel-iommu-bound", "x86-iommufd", "x86-no-iommu", "x86-sriov",
  ]

  /// The named tree of the shared folder.
  package static func shared(_ name: String) -> TreeFiles? {
    guard let file = Checkout.shared?.appendingPathComponent("hosts/\(name).tree"),
      let data = try? Data(contentsOf: file)
    else { return nil }
    return TreeFiles(text: String(decoding: data, as: UTF8.self))
  }

  private static func entry(_ kind: String, _ content: String) -> Entry {
    switch kind {
    case "d": return .folder(names: [])
    case "l": return .link(content)
    case "c":
      let words = content.split(separator: " ")
      let numbers = words.first?.split(separator: ":").compactMap { UInt32($0) } ?? []
      return .device(
        major: numbers.first ?? 0,
        minor: numbers.last ?? 0,
        user: words.dropFirst().first.flatMap { UInt32($0) } ?? 0
      )
    default: return .file(bytes(content))
    }
  }

  private static func bytes(_ content: String) -> [UInt8] {
    let utf8 = Array(content.utf8)
    func pair(_ index: Int) -> UInt8 {
      UInt8(String(decoding: utf8[index..<(index + 2)], as: UTF8.self), radix: 16) ?? 0
    }
    if content.hasPrefix("hex:") { return stride(from: 4, to: utf8.count - 1, by: 2).map(pair) }
    var result: [UInt8] = []
    var index = 0
    while index < utf8.count {
      guard utf8[index] == UInt8(ascii: "\\"), index + 1 < utf8.count else {
        result.append(utf8[index])
        index += 1
        continue
      }
      switch utf8[index + 1] {
      case UInt8(ascii: "n"): result.append(0x0a)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "x"):
        result.append(pair(index + 2))
        index += 2
      default: result.append(utf8[index + 1])
      }
      index += 2
    }
    return result
  }

  // MARK: Changed trees

  /// Every path, without the root.
  package var paths: [String] { entries.keys.filter { !$0.isEmpty }.sorted() }

  /// The tree without what stands at a path and below it.
  package func removing(_ path: String) -> TreeFiles {
    var changed = self
    let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    if case .folder(let names)? = entries[parent]?.entry {
      let name = String(path.dropFirst(parent.count + 1))
      changed.entries[parent]?.entry = .folder(names: names.filter { $0 != name })
    }
    changed.entries = changed.entries.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
    return changed
  }

  /// The tree with a file or folder that may not be read; a link can always be.
  package func denying(_ path: String) -> TreeFiles {
    var changed = self
    switch entries[path]?.entry {
    case .file?, .folder?: changed.entries[path]?.entry = .denied
    case .link?, .device?, .denied?, nil: break
    }
    return changed
  }

  /// The tree with other content in a file.
  package func replacing(_ path: String, with bytes: [UInt8]) -> TreeFiles {
    var changed = self
    if case .file? = entries[path]?.entry { changed.entries[path]?.entry = .file(bytes) }
    return changed
  }

  // MARK: HostFiles

  package func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    switch entries[try resolved(path)]?.entry {
    case .file(let bytes) where bytes.count <= limit: return bytes
    case .file: throw HostFileError(path: path, reason: .tooLarge)
    case .denied: throw HostFileError(path: path, reason: .denied)
    case nil: throw HostFileError(path: path, reason: .absent)
    default: throw HostFileError(path: path, reason: .wrongKind)
    }
  }

  package func names(in path: String) throws(HostFileError) -> [String] {
    switch entries[try resolved(path)]?.entry {
    case .folder(let names): return names
    case .denied: throw HostFileError(path: path, reason: .denied)
    case nil: throw HostFileError(path: path, reason: .absent)
    default: throw HostFileError(path: path, reason: .wrongKind)
    }
  }

  package func target(ofLink path: String) throws(HostFileError) -> String {
    switch entries[try walk(path, followsLast: false)]?.entry {
    case .link(let target): return target
    case nil: throw HostFileError(path: path, reason: .absent)
    default: throw HostFileError(path: path, reason: .wrongKind)
    }
  }

  package func resolved(_ path: String) throws(HostFileError) -> String { try walk(path, followsLast: true) }

  package func status(_ path: String) throws(HostFileError) -> HostFileStatus {
    guard let found = entries[try walk(path, followsLast: false)] else {
      throw HostFileError(path: path, reason: .absent)
    }
    switch found.entry {
    case .folder, .denied: return HostFileStatus(kind: .folder, mode: found.mode, user: 0, size: 0)
    case .link: return HostFileStatus(kind: .link, mode: found.mode, user: 0, size: 0)
    case .file(let bytes):
      return HostFileStatus(kind: .file, mode: found.mode, user: 0, size: UInt64(bytes.count))
    case .device(let major, let minor, let user):
      return HostFileStatus(
        kind: .characterDevice(major: major, minor: minor),
        mode: found.mode,
        user: user,
        size: 0
      )
    }
  }

  private func walk(_ path: String, followsLast: Bool) throws(HostFileError) -> String {
    var pending = path.split(separator: "/").map(String.init)
    var done: [String] = []
    var links = 0
    while !pending.isEmpty {
      let part = pending.removeFirst()
      if part == ".." {
        _ = done.popLast()
        continue
      }
      if !done.isEmpty, case .denied? = entries["/" + done.joined(separator: "/")]?.entry {
        throw HostFileError(path: path, reason: .denied)
      }
      done.append(part)
      guard followsLast || !pending.isEmpty,
        case .link(let target)? = entries["/" + done.joined(separator: "/")]?.entry
      else { continue }
      links += 1
      guard links < 40 else { throw HostFileError(path: path, reason: .absent) }
      done.removeLast()
      if target.hasPrefix("/") { done = [] }
      pending = target.split(separator: "/").map(String.init) + pending
    }
    return done.isEmpty ? "" : "/" + done.joined(separator: "/")
  }

  /// Writes the tree into a folder, for programs that read real files.
  package func unpack(into folder: URL) throws {
    let files = FileManager.default
    for path in entries.keys.sorted() where !path.isEmpty {
      let place = folder.appendingPathComponent(String(path.dropFirst()))
      switch entries[path]?.entry {
      case .folder: try files.createDirectory(at: place, withIntermediateDirectories: true)
      case .link(let target): try files.createSymbolicLink(atPath: place.path, withDestinationPath: target)
      case .file(let bytes): try Data(bytes).write(to: place)
      default: try Data().write(to: place)
      }
    }
  }
}
