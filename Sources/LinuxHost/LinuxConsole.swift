import Glibc
package import HostDoors

/// Standard output and standard error of this process.
package struct LinuxConsole: Console {
  /// A closed pipe is to be an answer of `write` and not a signal.
  package init() { signal(SIGPIPE, SIG_IGN) }

  package mutating func write(_ bytes: [UInt8], to stream: ConsoleStream) throws(ConsoleError) {
    guard let number = LinuxFile.writeAll(bytes, to: stream.descriptor) else { return }
    throw number == EPIPE ? .closed : .failed(errno: number)
  }

  package func isTerminal(_ stream: ConsoleStream) -> Bool { isatty(stream.descriptor) == 1 }
}

extension ConsoleStream {
  fileprivate var descriptor: Int32 {
    switch self {
    case .output: STDOUT_FILENO
    case .error: STDERR_FILENO
    }
  }
}
