import CLinux
import Glibc
package import HostDoors

/// The files of the user who runs this process.
package struct LinuxUserFiles: UserFiles {
  package init() {}

  // MARK: Reading

  package func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    // Without O_NONBLOCK: a pipe named as a file (`<(...)`) is waited for.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw HostFileError(path: path, reason: LinuxFile.reason("open")) }
    defer { close(descriptor) }
    return try LinuxFile.readChecked(descriptor, limit: limit, shownAs: path)
  }

  package func readStandardInput(limit: Int) throws(HostFileError) -> [UInt8] {
    try LinuxFile.readChecked(STDIN_FILENO, limit: limit, shownAs: "-")
  }

  package func read(_ path: String, below folder: String, limit: Int) throws(HostFileError) -> [UInt8] {
    let name = folder == "." ? path : "\(folder)/\(path)"
    let base = unsafe vfioplan_open_folder(AT_FDCWD, folder)
    guard base >= 0 else { throw HostFileError(path: name, reason: LinuxFile.reason("open")) }
    defer { close(base) }
    // O_NONBLOCK: what stands there was named by a file and not by a person, and may be a pipe nobody writes to.
    let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
    let descriptor = try LinuxUserFiles.descriptor(of: path, below: base, flags, shownAs: name)
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw HostFileError(path: name, reason: LinuxFile.reason("fstat"))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw HostFileError(path: name, reason: .wrongKind) }
    return try LinuxFile.readChecked(descriptor, limit: limit, shownAs: name)
  }

  /// Opens a path below a folder without leaving it.
  ///
  /// Linux 5.6, openat2(2): RESOLVE_BENEATH answers EXDEV where a link or `..` leads out. Where the kernel lacks the
  /// call, or a sandbox forbids it, the way is walked and no link is followed.
  private static func descriptor(
    of path: String,
    below folder: Int32,
    _ flags: Int32,
    shownAs name: String
  ) throws(HostFileError) -> Int32 {
    let direct = unsafe vfioplan_open_below(folder, path, UInt64(flags))
    if direct >= 0 { return direct }
    guard errno == ENOSYS || errno == EPERM else {
      throw HostFileError(path: name, reason: errno == EXDEV ? .outside : LinuxFile.reason("openat2"))
    }
    var parts = path.split(separator: "/").map(String.init)
    guard !path.hasPrefix("/"), !parts.contains(".."), let last = parts.popLast() else {
      throw HostFileError(path: name, reason: .outside)
    }
    var current = dup(folder)
    for part in parts {
      guard current >= 0 else { break }
      let next = unsafe vfioplan_open_folder(current, part)
      close(current)
      current = next
    }
    guard current >= 0 else { throw HostFileError(path: name, reason: LinuxFile.reason("openat")) }
    let descriptor = unsafe openat(current, last, flags | O_NOFOLLOW)
    let reason: HostFileError.Reason = errno == ELOOP ? .outside : LinuxFile.reason("openat")
    close(current)
    guard descriptor >= 0 else { throw HostFileError(path: name, reason: reason) }
    return descriptor
  }

  package func status(_ path: String) throws(HostFileError) -> HostFileStatus {
    try LinuxFile.status(path, shownAs: path, .followed)
  }

  package func linkStatus(_ path: String) throws(HostFileError) -> HostFileStatus {
    try LinuxFile.status(path, shownAs: path, .itself)
  }

  package func names(in path: String) throws(HostFileError) -> [String] {
    try LinuxFile.names(in: path, shownAs: path)
  }

  // MARK: Writing

  package func replace(_ path: String, with bytes: [UInt8]) throws(HostFileError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw HostFileError(path: path, reason: LinuxFile.reason("stat")) }
      let temporary = try writeBeside(path, bytes, mode: nil)
      return try move(temporary, to: path, shownAs: path)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw HostFileError(path: path, reason: .wrongKind) }
    guard status.st_mode & S_IFMT == S_IFREG else { return try writeInto(path, bytes) }
    // A link stays a link: what it points at is replaced.
    guard let place = LinuxUserFiles.realPath(path) else {
      throw HostFileError(path: path, reason: LinuxFile.reason("realpath"))
    }
    let temporary = try writeBeside(place, bytes, mode: status.st_mode & 0o7777)
    try move(temporary, to: place, shownAs: path)
  }

  package func create(_ path: String, with bytes: [UInt8]) throws(HostFileError) {
    var status = stat()
    guard unsafe lstat(path, &status) != 0 else { throw HostFileError(path: path, reason: .exists) }
    let temporary = try writeBeside(path, bytes, mode: nil)
    defer { unsafe unlink(temporary) }
    // A second name for the finished file: refused where the first is taken meanwhile.
    guard unsafe link(temporary, path) == 0 else {
      throw HostFileError(path: path, reason: errno == EEXIST ? .exists : LinuxFile.reason("link"))
    }
    LinuxUserFiles.syncFolder(of: path)
  }

  package func createFolder(_ path: String) throws(HostFileError) {
    guard unsafe mkdir(path, 0o777) == 0 else {
      throw HostFileError(path: path, reason: errno == EEXIST ? .exists : LinuxFile.reason("mkdir"))
    }
  }

  package func createLink(_ path: String, to target: String) throws(HostFileError) {
    guard unsafe symlink(target, path) == 0 else {
      throw HostFileError(path: path, reason: errno == EEXIST ? .exists : LinuxFile.reason("symlink"))
    }
  }

  /// Writes into what is no ordinary file: a device, a pipe.
  private func writeInto(_ path: String, _ bytes: [UInt8]) throws(HostFileError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw HostFileError(path: path, reason: LinuxFile.reason("open")) }
    defer { close(descriptor) }
    if let number = LinuxFile.writeAll(bytes, to: descriptor) {
      throw HostFileError(path: path, reason: .system(call: "write", errno: number))
    }
  }

  /// A finished, synced file in the same folder; its path.
  private func writeBeside(
    _ path: String,
    _ bytes: [UInt8],
    mode: mode_t?
  ) throws(HostFileError) -> String {
    let folder = LinuxUserFiles.folder(of: path)
    for attempt in 0..<16 {
      let temporary = "\(folder)/.vfioplan-\(getpid())-\(attempt).tmp"
      let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 || errno != EEXIST else { continue }
      guard descriptor >= 0 else { throw HostFileError(path: path, reason: LinuxFile.reason("open")) }
      if let mode { fchmod(descriptor, mode) }
      var fault: HostFileError.Reason?
      if let number = LinuxFile.writeAll(bytes, to: descriptor) {
        fault = .system(call: "write", errno: number)
      } else if fsync(descriptor) != 0 {
        fault = LinuxFile.reason("fsync")
      }
      // A full disk of a file server may be told at the close.
      if close(descriptor) != 0, fault == nil { fault = LinuxFile.reason("close") }
      guard let fault else { return temporary }
      unsafe unlink(temporary)
      throw HostFileError(path: path, reason: fault)
    }
    throw HostFileError(path: path, reason: .exists)
  }

  private func move(_ temporary: String, to path: String, shownAs name: String) throws(HostFileError) {
    guard unsafe rename(temporary, path) == 0 else {
      let reason = LinuxFile.reason("rename")
      unsafe unlink(temporary)
      throw HostFileError(path: name, reason: reason)
    }
    LinuxUserFiles.syncFolder(of: path)
  }

  /// Makes the new name last; a file system that cannot is as good as it can be.
  private static func syncFolder(of path: String) {
    let descriptor = unsafe open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
