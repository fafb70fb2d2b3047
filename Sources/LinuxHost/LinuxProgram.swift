import CLinux
import Glibc
package import HostDoors
import Synchronization

/// A program of this machine as a stream: what is written is its standard input, what is read its standard output.
///
/// Its standard error goes to memory and is told at the end, so that a program that says much is never kept waiting.
package final class LinuxProgram: ByteStream {
  /// How long a program may take to end after its stream has, before it is told to; in milliseconds.
  private static let patience = 5000

  private let socket: Int32
  private let complaints: Int32
  private let process: pid_t
  private let isOpen = Atomic<Bool>(true)

  /// Starts a program, found as a shell finds one, without a shell.
  ///
  /// - Parameter words: its name and its arguments; at least one.
  /// - Returns: the stream to it.
  /// - Throws: why it could not be started.
  package static func start(_ words: [String]) throws(HostFileError) -> LinuxProgram {
    let name = words.first ?? ""
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw HostFileError(path: name, reason: LinuxFile.reason("socketpair"))
    }
    let complaints = vfioplan_memfd(0)
    var reason: HostFileError.Reason? = complaints < 0 ? LinuxFile.reason("memfd_create") : nil
    var process: pid_t = 0
    if reason == nil {
      errno = spawn(words, input: ends[1], errors: complaints, &process)
      if errno != 0 { reason = LinuxFile.reason("posix_spawnp") }
    }
    Glibc.close(ends[1])
    guard let reason else { return LinuxProgram(ends[0], complaints, process) }
    Glibc.close(ends[0])
    if complaints >= 0 { Glibc.close(complaints) }
    throw HostFileError(path: name, reason: reason)
  }

  private init(_ socket: Int32, _ complaints: Int32, _ process: pid_t) {
    self.socket = socket
    self.complaints = complaints
    self.process = process
  }

  private static func spawn(_ words: [String], input: Int32, errors: Int32, _ process: inout pid_t) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (from, to) in [(input, STDIN_FILENO), (input, STDOUT_FILENO), (errors, STDERR_FILENO)] {
      unsafe posix_spawn_file_actions_adddup2(&actions, from, to)
    }
    // A closed pipe is an answer to us and is to be a signal to it again.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    return unsafe posix_spawnp(&process, words.first ?? "", &actions, &attributes, &arguments, environ)
  }

  deinit { _ = close() }

  package func read(_ count: Int) throws(ByteStreamError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let part = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(socket, buffer.baseAddress?.advanced(by: done), count - done)
      }
      if part < 0 && errno == EINTR { continue }
      guard part >= 0 else { throw LinuxProgram.error }
      guard part > 0 else { throw .ended }
      done += part
    }
    return bytes
  }

  package func write(_ bytes: [UInt8]) throws(ByteStreamError) {
    var done = 0
    while done < bytes.count {
      // A closed socket is an answer and not a signal.
      let part = unsafe bytes.withUnsafeBytes { buffer in
        unsafe send(
          socket,
          buffer.baseAddress?.advanced(by: done),
          buffer.count - done,
          Int32(MSG_NOSIGNAL)
        )
      }
      if part < 0 && errno == EINTR { continue }
      guard part > 0 else { throw LinuxProgram.error }
      done += part
    }
  }

  package func close() -> ByteStreamEnd {
    guard isOpen.exchange(false, ordering: .relaxed) else { return ByteStreamEnd() }
    Glibc.close(socket)
    reap()
    lseek(complaints, 0, SEEK_SET)
    let said = try? LinuxFile.read(complaints, expecting: 0, limit: 1 << 20, shownAs: "")
    Glibc.close(complaints)
    return ByteStreamEnd(complaints: said ?? [])
  }

  /// Waits for the program to end, and ends it where it does not.
  private func reap() {
    for waited in 0... {
      let ended = waitpid(process, nil, WNOHANG)
      guard ended == 0 || (ended < 0 && errno == EINTR) else { return }
      if waited == LinuxProgram.patience { kill(process, SIGTERM) }
      if waited == 2 * LinuxProgram.patience { kill(process, SIGKILL) }
      usleep(1000)
    }
  }

  private static var error: ByteStreamError {
    switch errno {
    case EPIPE, ECONNRESET: .ended
    case let number: .failed(errno: number)
    }
  }
}
