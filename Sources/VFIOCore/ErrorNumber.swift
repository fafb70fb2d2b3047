/// An error number of Linux.
///
/// The numbers are those of `asm-generic/errno.h`, which x86, ARM, RISC-V, s390 and POWER share for all that VFIO answers.
public struct ErrorNumber: Hashable, Sendable, CustomStringConvertible {
  /// The number.
  public let number: Int32

  /// The error of that number.
  public init(_ number: Int32) { self.number = number }

  /// Not permitted.
  public static let eperm = ErrorNumber(1)
  /// No such file or thing.
  public static let enoent = ErrorNumber(2)
  /// Interrupted.
  public static let eintr = ErrorNumber(4)
  /// Input or output failed.
  public static let eio = ErrorNumber(5)
  /// No such device or address.
  public static let enxio = ErrorNumber(6)
  /// A structure of a newer kernel, with something in what is new.
  public static let e2big = ErrorNumber(7)
  /// Bad descriptor.
  public static let ebadf = ErrorNumber(9)
  /// Not now.
  public static let eagain = ErrorNumber(11)
  /// Out of memory, or over the limit of locked memory.
  public static let enomem = ErrorNumber(12)
  /// Permission denied.
  public static let eacces = ErrorNumber(13)
  /// Bad address.
  public static let efault = ErrorNumber(14)
  /// Busy.
  public static let ebusy = ErrorNumber(16)
  /// Already there.
  public static let eexist = ErrorNumber(17)
  /// No such device.
  public static let enodev = ErrorNumber(19)
  /// Invalid argument.
  public static let einval = ErrorNumber(22)
  /// Too many open files.
  public static let emfile = ErrorNumber(24)
  /// Request unknown.
  public static let enotty = ErrorNumber(25)
  /// No room left.
  public static let enospc = ErrorNumber(28)
  /// Out of range.
  public static let erange = ErrorNumber(34)
  /// Too large for its type.
  public static let eoverflow = ErrorNumber(75)
  /// Message too long: no room for all of an answer.
  public static let emsgsize = ErrorNumber(90)
  /// Descriptor of the wrong kind.
  public static let ebadfd = ErrorNumber(77)
  /// Not supported.
  public static let eopnotsupp = ErrorNumber(95)
  /// Address in use.
  public static let eaddrinuse = ErrorNumber(98)

  private static let names: [Int32: String] = [
    1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 6: "ENXIO", 7: "E2BIG", 9: "EBADF",
    11: "EAGAIN",
    12: "ENOMEM", 13: "EACCES", 14: "EFAULT", 16: "EBUSY", 17: "EEXIST", 18: "EXDEV", 19: "ENODEV",
    20: "ENOTDIR",
    21: "EISDIR", 22: "EINVAL", 23: "ENFILE", 24: "EMFILE", 25: "ENOTTY", 27: "EFBIG", 28: "ENOSPC",
    29: "ESPIPE",
    30: "EROFS", 34: "ERANGE", 36: "ENAMETOOLONG", 38: "ENOSYS", 40: "ELOOP", 61: "ENODATA", 62: "ETIME",
    71: "EPROTO", 75: "EOVERFLOW", 77: "EBADFD", 90: "EMSGSIZE", 95: "EOPNOTSUPP", 98: "EADDRINUSE",
    110: "ETIMEDOUT", 121: "EREMOTEIO",
  ]

  /// Its name, `EPERM`, or `errno 200` where it has none here.
  public var name: String { ErrorNumber.names[number] ?? "errno \(number)" }

  /// The error of a name.
  ///
  /// - Parameter name: as `name` gives it.
  public init?(named name: some StringProtocol) {
    guard let number = ErrorNumber.names.first(where: { $0.value == name })?.key else { return nil }
    self.number = number
  }

  /// Its name.
  public var description: String { name }
}
