import CLinux
import Glibc
package import HostDoors
import Synchronization

/// How this process keeps what it has.
package final class LinuxKeeper: Keeper {
  /// The file that signals are read from, and what was blocked before they were.
  struct Heeded: Sendable {
    var file: Int32
    var before: sigset_t
  }

  private let heeded = Mutex<Heeded?>(nil)

  package init() {}

  package var user: UInt32 { getuid() }

  // MARK: Signals

  package func heedSignals() throws(HostFileError) { _ = try heed() }

  /// The file of signals; they are blocked from the first call on, for as long as the process lives.
  func heed() throws(HostFileError) -> Heeded {
    if let known = heeded.withLock({ $0 }) { return known }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for (signal, _) in LinuxKeeper.endings { unsafe sigaddset(&signals, signal) }
    var before = sigset_t()
    unsafe pthread_sigmask(SIG_BLOCK, &signals, &before)
    let file = unsafe vfioplan_signal_file(&signals)
    guard file >= 0 else { throw HostFileError(path: "signals", reason: LinuxFile.reason("signalfd")) }
    let made = Heeded(file: file, before: before)
    heeded.withLock { $0 = made }
    return made
  }

  /// The signals that ask a program to end, with their names.
  static let endings = [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGHUP, "SIGHUP")]

  /// The next signal that has come and asks for the end.
  static func ending(_ file: Int32) -> HoldEnd? {
    var isTyped: Int32 = 0
    while true {
      let signal = unsafe vfioplan_next_signal(file, &isTyped)
      guard signal != 0 else { return nil }
      if let known = endings.first(where: { $0.0 == signal }) { return .signal(known.1) }
    }
  }

  // MARK: Waiting

  package func wait(isInputWatched: Bool) throws(HostFileError) -> HoldEnd {
    let signals = try heed().file
    var watch = DescriptorWatch([signals] + (isInputWatched ? LinuxKeeper.watchedInput : []))
    while true {
      try watch.wait()
      if watch.isReady(signals), let end = LinuxKeeper.ending(signals) { return end }
      if watch.isReady(STDIN_FILENO), LinuxKeeper.isAtEnd(STDIN_FILENO) { return .inputEnded }
    }
  }

  /// Standard input where its end says something: a pipe or a socket that somebody keeps open.
  ///
  /// `/dev/null` is at its end from the start, and a terminal is read by whoever is in front.
  static var watchedInput: [Int32] {
    var status = stat()
    guard unsafe fstat(STDIN_FILENO, &status) == 0 else { return [] }
    let kind = status.st_mode & S_IFMT
    return kind == S_IFIFO || kind == S_IFSOCK ? [STDIN_FILENO] : []
  }

  /// Reads what is there, which nobody wants; whether there will be no more.
  static func isAtEnd(_ descriptor: Int32) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)
  }
}

/// Descriptors that are waited for all at once.
struct DescriptorWatch {
  private var watched: [pollfd]

  init(_ descriptors: [Int32]) {
    watched = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  }

  /// Returns when one of them has something, or has come to its end.
  mutating func wait() throws(HostFileError) {
    while true {
      let count = unsafe poll(&watched, nfds_t(watched.count), -1)
      if count > 0 { return }
      guard count < 0 && errno == EINTR else {
        throw HostFileError(path: "descriptors", reason: LinuxFile.reason("poll"))
      }
    }
  }

  func isReady(_ descriptor: Int32) -> Bool { watched.contains { $0.fd == descriptor && $0.revents != 0 } }
}
