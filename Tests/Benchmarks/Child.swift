import Glibc

/// A child process that was run to its end.
struct Child {
  /// From its start to its end, in seconds.
  var wall: Double
  /// The most memory it held, in bytes.
  var peak: Int
  var status: Int32

  /// What `Tests/Baselines/measure.c` writes of a program: status, nanoseconds, KiB.
  init?(report: String) {
    let numbers = report.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Int($0) }
    guard numbers.count == 3 else { return nil }
    (status, wall, peak) = (Int32(numbers[0]), Double(numbers[1]) / 1e9, numbers[2] * 1024)
  }

  /// Runs a program to its end with its output thrown away.
  ///
  /// - Parameter arguments: the program's path and its arguments.
  /// - Returns: its status; nil where it could not be started.
  static func run(_ arguments: [String]) -> Int32? {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [0, 1, 2] as [Int32] {
      let mode = descriptor == 0 ? O_RDONLY : O_WRONLY
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
    }
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var process: pid_t = 0
    guard unsafe posix_spawn(&process, arguments[0], &actions, nil, &words, unsafe environ) == 0 else {
      return nil
    }
    var status: Int32 = 0
    guard unsafe waitpid(process, &status, 0) == process else { return nil }
    return status
  }

  /// The monotonic clock, in seconds.
  static func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension [Double] {
  /// The middle one; of an even number the lower.
  var median: Double { sorted()[(count - 1) / 2] }
}
