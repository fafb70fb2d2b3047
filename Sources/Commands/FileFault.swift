import HostDoors

/// Why a file could not be had, in words.
enum FileFault {
  static func words(_ reason: HostFileError.Reason) -> String {
    switch reason {
    case .absent: "there is no such file"
    case .denied: "no permission"
    case .wrongKind: "it is not a file"
    case .tooLarge: "it is over the limit on bytes"
    case .outside: "a link leads out of the folder it must stay in"
    case .exists: "something stands there already"
    case .lost: "the stream to the host has ended"
    case .system(let call, let number): "\(call): \(system(number))"
    }
  }

  /// The usual words for the error numbers a file can meet on Linux.
  static func system(_ number: Int32) -> String {
    switch number {
    case 5: "input or output error"
    case 6: "no such device"
    case 11: "not ready"
    case 20: "a file stands where a folder was expected"
    case 24: "too many open files"
    case 26: "the file is being executed"
    case 27: "file too large"
    case 28: "no space left on the device"
    case 30: "the file system is read-only"
    case 36: "the name is too long"
    case 40: "too many links"
    case 122: "the quota is used up"
    default: "error \(number)"
    }
  }
}
