/// Why bytes did not get through.
package enum ByteStreamError: Error, Hashable, Sendable {
  /// The other end has gone.
  case ended
  /// Any other error number.
  case failed(errno: Int32)
}

/// What is left of a stream when it is over.
package struct ByteStreamEnd: Hashable, Sendable {
  /// What the program at the other end complained of, as it wrote it.
  package var complaints: [UInt8]

  package init(complaints: [UInt8] = []) { self.complaints = complaints }
}

/// Bytes both ways between this program and another.
package protocol ByteStream: Sendable {
  /// Exactly that many bytes, waited for.
  func read(_ count: Int) throws(ByteStreamError) -> [UInt8]
  /// Writes all of the bytes.
  func write(_ bytes: [UInt8]) throws(ByteStreamError)
  /// Ends it, and waits until the program at the other end has ended where that is a child of this one; once.
  func close() -> ByteStreamEnd
}
