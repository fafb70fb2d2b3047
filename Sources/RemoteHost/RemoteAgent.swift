package import HostDoors
import Synchronization

/// An agent at the other end of a stream, which carries out requests on its machine one after the other.
///
/// Files, processes and kernel of that machine are views of one agent, so that it holds all of them: when the stream ends, the
/// agent closes everything, and whatever is asked from then on is answered with `lost`.
package final class RemoteAgent: Sendable {
  private enum Line {
    case open(any ByteStream)
    case lost(AgentLoss)
    case closed
  }

  /// What `vfio-agent.c` calls `magic`, `version` and `frame_limit`.
  private static let magic: UInt32 = 0x6761_6676
  private static let version: UInt32 = 1
  /// The most bytes that a request or an answer may have, its length aside.
  package static let limit = 4 << 20

  private let line: Mutex<Line>
  /// Bytes of a page of its processor.
  package let pageSize: UInt64
  /// Its architecture, as `uname -m` says it.
  package let architecture: String
  /// The release of its kernel.
  package let release: String

  /// Greets the agent at the other end of a stream, which ends with this.
  ///
  /// - Parameter stream: what leads to it; closed where this throws.
  /// - Throws: `AgentLoss` where nobody answers, or something else does.
  package init(over stream: some ByteStream) throws(AgentLoss) {
    do throws(AgentError) {
      var frame = Frame(.hello)
      frame.word(RemoteAgent.magic)
      frame.word(RemoteAgent.version)
      var reply = try RemoteAgent.exchange(frame, over: stream)
      guard try reply.results.word() == RemoteAgent.magic else { throw .stranger }
      guard case .answered = reply.status, try reply.results.word() == RemoteAgent.version else {
        throw .refused(.greeting)
      }
      pageSize = UInt64(try reply.results.word())
      guard try reply.results.word() == RemoteAgent.limit else { throw .stranger }
      architecture = try reply.results.text()
      release = try reply.results.text()
    } catch {
      throw AgentLoss(error, stream.close())
    }
    line = Mutex(.open(stream))
  }

  /// How the stream ended, where it has without having been closed here.
  package var loss: AgentLoss? {
    line.withLock { line in if case .lost(let loss) = line { loss } else { nil } }
  }

  /// Ends it, where it has not ended by itself.
  package func close() {
    line.withLock { line in
      guard case .open(let stream) = line else { return }
      _ = stream.close()
      line = .closed
    }
  }

  // MARK: Asking

  /// Asks, and waits for the answer, whatever it is.
  func exchange(_ frame: Frame) throws(AgentError) -> AgentReply {
    // What is longer would end the agent.
    guard frame.bytes.count - 4 <= RemoteAgent.limit else { throw .refused(.size) }
    return try line.withLock { line throws(AgentError) in
      guard case .open(let stream) = line else { throw .lost }
      do throws(AgentError) {
        return try RemoteAgent.exchange(frame, over: stream)
      } catch {
        // After an answer that cannot be read nobody knows what the next one belongs to.
        line = .lost(AgentLoss(error, stream.close()))
        throw .lost
      }
    }
  }

  /// Asks, and takes an answer that is one.
  func ask(_ frame: Frame) throws(AgentError) -> AgentReply { try exchange(frame).answered() }

  private static func exchange(_ frame: Frame, over stream: some ByteStream) throws(AgentError) -> AgentReply
  {
    let body: [UInt8]?
    do throws(ByteStreamError) {
      try stream.write(frame.finished())
      let length = try stream.read(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      // The greeting of a shell, a message of the day: text makes no length.
      body = length <= limit + 8 ? try stream.read(length) : nil
    } catch { throw .lost }
    guard let body else { throw .stranger }
    return try AgentReply(body)
  }
}

/// How an agent was lost, or was not found.
package struct AgentLoss: Error, Hashable, Sendable {
  /// What the last exchange came to.
  package var error: AgentError
  /// What the program that led to it complained of, as it wrote it.
  package var complaints: [UInt8]

  init(_ error: AgentError, _ end: ByteStreamEnd) {
    self.error = error
    complaints = end.complaints
  }

  /// One clause.
  package var sentence: String {
    switch error {
    case .lost: "the stream to the agent ended"
    case .refused(.greeting): "the agent speaks another version"
    case .stranger, .malformed, .failed, .returned, .refused: "what answers is no vfio-agent"
    }
  }
}
