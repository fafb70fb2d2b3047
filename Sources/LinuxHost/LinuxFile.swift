import CLinux
import Glibc
package import HostDoors

/// Single calls on files of this machine.
package enum LinuxFile {
  /// The whole of a file, at most `limit` bytes.
  ///
  /// - Parameters:
  ///   - path: where it is.
  ///   - limit: one byte more is an error.
  ///   - name: the path as the user knows it, for errors.
  /// - Returns: its bytes.
  /// - Throws: what kept it from being read whole.
  package static func read(_ path: String, limit: Int, shownAs name: String) throws(HostFileError) -> [UInt8]
  {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw HostFileError(path: name, reason: reason("open")) }
    defer { close(descriptor) }
    return try readChecked(descriptor, limit: limit, shownAs: name)
  }

  /// The same of a file that is open.
  static func readChecked(
    _ descriptor: Int32,
    limit: Int,
    shownAs name: String
  ) throws(HostFileError) -> [UInt8] {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw HostFileError(path: name, reason: reason("fstat"))
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw HostFileError(path: name, reason: .wrongKind) }
    guard status.st_size <= limit else { throw HostFileError(path: name, reason: .tooLarge) }
    return try read(descriptor, expecting: Int(status.st_size), limit: limit, shownAs: name)
  }

  /// Everything a descriptor gives until its end.
  package static func read(
    _ descriptor: Int32,
    expecting size: Int,
    limit: Int,
    shownAs name: String
  ) throws(HostFileError) -> [UInt8] {
    // A file below /sys says 4096 and one below /proc 0, whatever they hold: read until the end is reached.
    var bytes = [UInt8](repeating: 0, count: max(4096, size + 1))
    var filled = 0
    while true {
      if filled == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw HostFileError(path: name, reason: reason("read")) }
      guard count > 0 else { break }
      filled += count
      guard filled <= limit else { throw HostFileError(path: name, reason: .tooLarge) }
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  /// The names in a folder, sorted by bytes.
  package static func names(in path: String, shownAs name: String) throws(HostFileError) -> [String] {
    guard let folder = unsafe opendir(path) else {
      throw HostFileError(path: name, reason: reason("opendir"))
    }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let entryName = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if entryName != "." && entryName != ".." { names.append(entryName) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Where a link points, or nil where the path is no link.
  static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
      guard let start = bytes.baseAddress else { return -1 }
      return unsafe readlink(path, start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  /// What a status is wanted of where the path ends in a link.
  enum FinalLink { case followed, itself }

  static func status(
    _ path: String,
    shownAs name: String,
    _ link: FinalLink
  ) throws(HostFileError) -> HostFileStatus {
    var status = stat()
    let result =
      switch link {
      case .followed: unsafe stat(path, &status)
      case .itself: unsafe lstat(path, &status)
      }
    guard result == 0 else { throw HostFileError(path: name, reason: reason("stat")) }
    let kind: HostFileStatus.Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFCHR: .characterDevice(major: major(status.st_rdev), minor: minor(status.st_rdev))
      default: .other
      }
    return HostFileStatus(
      kind: kind,
      mode: UInt16(status.st_mode & 0o7777),
      user: status.st_uid,
      size: UInt64(max(0, status.st_size))
    )
  }

  /// Writes all of the bytes; the number of the error that stopped it, or nil.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count >= 0 {
        written += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // Somebody else's end of the same terminal or pipe made it non-blocking.
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
      case let number: return number
      }
    }
    return nil
  }

  /// Why the call just made failed.
  static func reason(_ call: String) -> HostFileError.Reason {
    switch errno {
    case ENOENT: .absent
    case EACCES, EPERM: .denied
    case EISDIR, ENOTDIR: .wrongKind
    case let number: .system(call: call, errno: number)
    }
  }

  private static func major(_ device: dev_t) -> UInt32 {
    UInt32(device >> 8 & 0xfff | device >> 32 & 0xffff_f000)
  }

  private static func minor(_ device: dev_t) -> UInt32 {
    UInt32(device & 0xff | device >> 12 & 0xffff_ff00)
  }
}
