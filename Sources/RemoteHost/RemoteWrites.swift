package import HostDoors
import VFIOCore

/// What may be written on the machine an agent runs on: the attributes that bind drivers, and the files of ours there.
package struct RemoteWrites: HostWrites {
  private let agent: RemoteAgent

  /// The writes of an agent.
  package init(_ agent: RemoteAgent) { self.agent = agent }

  package func write(_ bytes: [UInt8], toAttribute path: String) throws(HostWriteError) {
    // The agent writes a word and its newline at once, and nothing else.
    guard bytes.last == UInt8(ascii: "\n") else { throw HostWriteError(path: path, call: "write", errno: 22) }
    try ask(.attributeWrite, path, "write") { $0.text(String(decoding: bytes.dropLast(), as: UTF8.self)) }
  }

  package func createFolder(_ path: String) throws(HostWriteError) {
    try ask(.ownCreateFolder, path, "mkdir")
  }

  package func create(_ path: String, _ bytes: [UInt8]) throws(HostWriteError) {
    try ask(.ownCreate, path, "write") { $0.blob(bytes) }
  }

  package func append(_ bytes: [UInt8], to path: String) throws(HostWriteError) {
    try ask(.ownAppend, path, "write") { $0.blob(bytes) }
  }

  package func sync(_ path: String) throws(HostWriteError) { try ask(.ownSync, path, "fsync") }

  package func rename(_ path: String, to other: String) throws(HostWriteError) {
    try ask(.ownRename, path, "rename") { $0.text(other) }
  }

  package func remove(_ path: String) throws(HostWriteError) { try ask(.ownRemove, path, "unlink") }

  package func withLock<Result>(_ path: String, _ body: () -> Result) throws(HostLockError) -> Result {
    let handle: DescriptorNumber
    do throws(AgentError) {
      var frame = Frame(.ownLock)
      frame.text(path)
      handle = DescriptorNumber(try agent.ask(frame).number)
    } catch {
      throw switch error {
      case .failed(.fcntl, errno: 11), .failed(.fcntl, errno: 13): .held(path: path)
      default: .failed(error.failure(path, "open"))
      }
    }
    // The lock ends with the handle; where the agent is gone it has ended with that.
    defer { _ = try? agent.ask(Frame(.close, on: handle)) }
    return body()
  }

  private func ask(
    _ operation: Operation,
    _ path: String,
    _ call: String,
    _ rest: (inout Frame) -> Void = { _ in }
  ) throws(HostWriteError) {
    var frame = Frame(operation)
    frame.text(path)
    rest(&frame)
    do throws(AgentError) { _ = try agent.ask(frame) } catch { throw error.failure(path, call) }
  }
}

extension AgentError {
  /// What it is for whoever wrote a file.
  ///
  /// - Parameters:
  ///   - path: what was written.
  ///   - call: what the operation does where it makes one call.
  /// - Returns: the failure.
  fileprivate func failure(_ path: String, _ call: String) -> HostWriteError {
    switch self {
    case .failed(let made, let errno): HostWriteError(path: path, call: made.name ?? call, errno: errno)
    // EPIPE: nobody reads what is written.
    case .lost: HostWriteError(path: path, call: call, errno: 32)
    // EPERM.
    case .refused: HostWriteError(path: path, call: call, errno: 1)
    // EPROTO.
    case .returned, .malformed, .stranger: HostWriteError(path: path, call: call, errno: 71)
    }
  }
}
