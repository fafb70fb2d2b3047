/// The two streams a program writes to.
package enum ConsoleStream: Hashable, Sendable {
  case output, error
}

/// What kept bytes from being written.
package enum ConsoleError: Error, Hashable, Sendable {
  /// The reader has gone: a closed pipe, which is no fault.
  case closed
  /// Any other error number: a full disk.
  case failed(errno: Int32)
}

/// Where a program's words go.
package protocol Console: Sendable {
  /// Writes all of the bytes, or says why not.
  mutating func write(_ bytes: [UInt8], to stream: ConsoleStream) throws(ConsoleError)
  /// Whether a person looks at the stream.
  func isTerminal(_ stream: ConsoleStream) -> Bool
}
