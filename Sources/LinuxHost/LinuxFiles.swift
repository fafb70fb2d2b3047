import CLinux
import Glibc
package import HostDoors

/// The files below a folder: the machine itself below `/`, or a saved tree.
///
/// Links are followed inside the tree and never out of it: an absolute one starts again at the tree's root, and `..`
/// ends there.
package struct LinuxFiles: HostFiles {
  private let root: String

  /// - Parameter root: the folder that holds `sys`, `proc` and `dev`; `/` is this machine.
  package init(root: String) {
    self.root = root == "/" ? "" : root.hasSuffix("/") ? String(root.dropLast()) : root
  }

  package func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    try LinuxFile.read(place(path, followsLast: true), limit: limit, shownAs: path)
  }

  package func names(in path: String) throws(HostFileError) -> [String] {
    try LinuxFile.names(in: place(path, followsLast: true), shownAs: path)
  }

  package func target(ofLink path: String) throws(HostFileError) -> String {
    guard let target = try LinuxFile.target(ofLink: place(path, followsLast: false)) else {
      throw HostFileError(path: path, reason: LinuxFile.reason("readlink"))
    }
    return target
  }

  package func status(_ path: String) throws(HostFileError) -> HostFileStatus {
    try LinuxFile.status(place(path, followsLast: false), shownAs: path, .itself)
  }

  package func resolved(_ path: String) throws(HostFileError) -> String {
    try walk(path, followsLast: true)
  }

  /// Where this machine has what the tree calls by that path.
  ///
  /// Links of the machine itself are the kernel's to follow, at a small part of the cost of asking for each: a look at a
  /// host opens thousands of files, most of them below a link.
  private func place(_ path: String, followsLast: Bool) throws(HostFileError) -> String {
    root.isEmpty ? path : root + (try walk(path, followsLast: followsLast))
  }

  private func walk(_ path: String, followsLast: Bool) throws(HostFileError) -> String {
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
      guard followsLast || !pending.isEmpty else { break }
      guard let target = LinuxFile.target(ofLink: root + "/" + done.joined(separator: "/")) else { continue }
      links += 1
      guard links <= 40 else {
        throw HostFileError(path: path, reason: .system(call: "readlink", errno: ELOOP))
      }
      done.removeLast()
      if target.hasPrefix("/") { done = [] }
      pending = target.split(separator: "/").map(String.init) + pending
    }
    return "/" + done.joined(separator: "/")
  }
}
