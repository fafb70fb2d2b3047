/// A write that did not happen: the call, the error number, and what it was about.
package struct HostWriteError: Error, Hashable, Sendable {
  package var path: String
  /// The system call, as in its manual page: `write`, `rename`.
  package var call: String
  package var errno: Int32

  package init(path: String, call: String, errno: Int32) {
    self.path = path
    self.call = call
    self.errno = errno
  }
}

/// Why a lock was not had.
package enum HostLockError: Error, Hashable, Sendable {
  /// Somebody else has it.
  case held(path: String)
  case failed(HostWriteError)
}

/// What may be changed on one host: attributes of its kernel, and files of our own.
///
/// Each method is one act that either happened or threw, so that a transaction can be cut between any two.
package protocol HostWrites: Sendable {
  /// Writes an attribute below `/sys` in one call, since there a write is a command and never continued.
  func write(_ bytes: [UInt8], toAttribute path: String) throws(HostWriteError)
  /// Makes a folder and those it lies in, for the owner alone; one that is there stays as it is.
  func createFolder(_ path: String) throws(HostWriteError)
  /// Makes a file of these bytes, readable by the owner alone; what was there before is gone.
  func create(_ path: String, _ bytes: [UInt8]) throws(HostWriteError)
  /// Adds bytes to the end of a file that is there.
  func append(_ bytes: [UInt8], to path: String) throws(HostWriteError)
  /// Returns when a file, or the entries of a folder, are on the disk.
  func sync(_ path: String) throws(HostWriteError)
  /// Gives a file another name, in place of what had it before, at once.
  func rename(_ path: String, to other: String) throws(HostWriteError)
  /// Removes a file.
  func remove(_ path: String) throws(HostWriteError)
  /// Runs the body while nobody else has the lock, or throws at once where somebody has.
  ///
  /// The lock ends with the body and with the process; the file stays.
  func withLock<Result>(_ path: String, _ body: () -> Result) throws(HostLockError) -> Result
}

extension HostWrites {
  /// Puts these bytes in place of a file, whole or not at all, and on the disk when this returns.
  package func replace(_ path: String, with bytes: [UInt8]) throws(HostWriteError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try create("\(path).new", bytes)
    try sync("\(path).new")
    try rename("\(path).new", to: path)
    // The new name is an entry of the folder, which is a file of its own to the disk.
    try sync(folder)
  }
}
