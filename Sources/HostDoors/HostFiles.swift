/// What a look at a file of a host can end in.
package struct HostFileError: Error, Hashable, Sendable {
  /// Why it failed, in the few cases callers tell apart.
  package enum Reason: Hashable, Sendable {
    /// Nothing stands at the path.
    case absent
    /// Not allowed to look.
    case denied
    /// Something else than was asked for: a folder where a file was wanted, and the reverse.
    case wrongKind
    /// Longer than the limit given.
    case tooLarge
    /// A link on the way leads out of the folder it was to stay in.
    case outside
    /// Something stands where a new thing was to be made.
    case exists
    /// The stream to a machine far away has ended.
    case lost
    /// The call and the number of any other error.
    case system(call: String, errno: Int32)
  }

  /// The path that was asked for.
  package var path: String
  /// Why it failed.
  package var reason: Reason

  /// A failure at a path.
  package init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }
}

/// What stands at a path.
package struct HostFileStatus: Hashable, Sendable {
  /// The kinds a host tree holds.
  package enum Kind: Hashable, Sendable {
    /// A regular file.
    case file
    /// A folder.
    case folder
    /// A symbolic link, itself.
    case link
    /// A character device with its major and minor number.
    case characterDevice(major: UInt32, minor: UInt32)
    /// Anything else.
    case other
  }

  /// What it is.
  package var kind: Kind
  /// The permission bits.
  package var mode: UInt16
  /// The owner's number.
  package var user: UInt32
  /// The size in bytes; 0 or 4096 means little below /sys and /proc.
  package var size: UInt64

  /// A status of those parts.
  package init(kind: Kind, mode: UInt16, user: UInt32, size: UInt64) {
    self.kind = kind
    self.mode = mode
    self.user = user
    self.size = size
  }
}

/// The files of one host, read only: this machine, a saved tree, a machine far away.
///
/// Paths are absolute as on that host (`/sys/bus/pci/devices`), whatever folder the tree lies in.
package protocol HostFiles: Sendable {
  /// The whole file, at most `limit` bytes; links are followed inside the tree.
  func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8]
  /// The names in a folder, sorted by bytes, without `.` and `..`.
  func names(in path: String) throws(HostFileError) -> [String]
  /// Where a link points, as it reads.
  func target(ofLink path: String) throws(HostFileError) -> String
  /// The path with all links followed and no `.` or `..` left.
  func resolved(_ path: String) throws(HostFileError) -> String
  /// What stands at the path; a final link is not followed.
  func status(_ path: String) throws(HostFileError) -> HostFileStatus
}
