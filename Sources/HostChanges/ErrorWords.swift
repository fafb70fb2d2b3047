/// Error numbers of Linux in words; those below 35 are the same on every architecture.
package enum ErrorWords {
  private static let table: [Int32: (name: String, meaning: String)] = [
    1: ("EPERM", "not permitted"), 2: ("ENOENT", "not there"), 4: ("EINTR", "interrupted"),
    5: ("EIO", "input or output failed"), 9: ("EBADF", "wrong descriptor"), 11: ("EAGAIN", "not now"),
    12: ("ENOMEM", "out of memory"), 13: ("EACCES", "access denied"), 14: ("EFAULT", "wrong address"),
    16: ("EBUSY", "busy"), 17: ("EEXIST", "there already"), 19: ("ENODEV", "no such device"),
    20: ("ENOTDIR", "no folder"), 21: ("EISDIR", "a folder"), 22: ("EINVAL", "invalid"),
    24: ("EMFILE", "too many open files"), 28: ("ENOSPC", "no space left"), 30: ("EROFS", "read-only"),
    32: ("EPIPE", "the stream to the host has ended"),
  ]

  /// `EBUSY (busy)`, or the number where it has no name here.
  package static func text(_ number: Int32) -> String {
    table[number].map { "\($0.name) (\($0.meaning))" } ?? "error \(number)"
  }
}
