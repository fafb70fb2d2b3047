import CLinux
import Glibc
package import HostDoors

/// Writes on this machine.
package struct LinuxWrites: HostWrites {
  package init() {}

  package func write(_ bytes: [UInt8], toAttribute path: String) throws(HostWriteError) {
    // No O_TRUNC and no O_CREAT: an attribute is neither emptied nor made.
    let descriptor = try opened(path, O_WRONLY | O_CLOEXEC | O_NOCTTY, mode: 0)
    defer { close(descriptor) }
    // A write below /sys is taken whole or refused; a part taken would be a fault of the kernel.
    let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    guard count == bytes.count else { throw error(path, "write", count < 0 ? errno : EIO) }
  }

  package func createFolder(_ path: String) throws(HostWriteError) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      guard unsafe mkdir(made, 0o700) != 0, errno != EEXIST else { continue }
      throw error(path, "mkdir", errno)
    }
  }

  package func create(_ path: String, _ bytes: [UInt8]) throws(HostWriteError) {
    // Never through a link that somebody laid there.
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY
    let descriptor = try opened(path, flags, mode: 0o600)
    defer { close(descriptor) }
    try writeAll(bytes, descriptor, path)
  }

  package func append(_ bytes: [UInt8], to path: String) throws(HostWriteError) {
    let descriptor = try opened(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode: 0)
    defer { close(descriptor) }
    try writeAll(bytes, descriptor, path)
  }

  package func sync(_ path: String) throws(HostWriteError) {
    let descriptor = try opened(path, O_RDONLY | O_CLOEXEC | O_NOCTTY, mode: 0)
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw error(path, "fsync", errno) }
  }

  package func rename(_ path: String, to other: String) throws(HostWriteError) {
    guard unsafe Glibc.rename(path, other) == 0 else { throw error(other, "rename", errno) }
  }

  package func remove(_ path: String) throws(HostWriteError) {
    guard unsafe unlink(path) == 0 else { throw error(path, "unlink", errno) }
  }

  package func withLock<Result>(_ path: String, _ body: () -> Result) throws(HostLockError) -> Result {
    let descriptor: Int32
    do throws(HostWriteError) {
      descriptor = try opened(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, mode: 0o600)
    } catch {
      throw .failed(error)
    }
    // The lock belongs to this open file, not to the process: closing another descriptor of the file keeps it, and
    // the end of the process gives it back.
    defer { close(descriptor) }
    guard vfioplan_lock(descriptor) == 0 else {
      let number = errno
      throw number == EAGAIN || number == EACCES
        ? .held(path: path) : .failed(error(path, "fcntl", number))
    }
    return body()
  }

  // MARK: Calls

  private func opened(_ path: String, _ flags: Int32, mode: mode_t) throws(HostWriteError) -> Int32 {
    while true {
      let descriptor = unsafe open(path, flags, mode)
      if descriptor >= 0 { return descriptor }
      guard errno == EINTR else { throw error(path, "open", errno) }
    }
  }

  private func writeAll(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(HostWriteError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw error(path, "write", count < 0 ? errno : EIO) }
      rest = rest.dropFirst(count)
    }
  }

  private func error(_ path: String, _ call: String, _ number: Int32) -> HostWriteError {
    HostWriteError(path: path, call: call, errno: number)
  }
}
