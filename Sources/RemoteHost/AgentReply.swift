/// Why an operation did not come to its end.
package enum AgentError: Error, Hashable, Sendable {
  /// Nobody answers: the stream has ended, and with it the agent, which closes all it had open.
  case lost
  /// A call of the agent failed.
  case failed(AgentCall, errno: Int32)
  /// A call gave what is neither success nor an error.
  case returned(Int32)
  /// The agent did not ask its kernel.
  case refused(AgentRefusal)
  /// The answer is none to what was asked.
  case malformed
  /// At the other end speaks something else than an agent of this version.
  case stranger
}

/// Which call of an operation failed; numbers as in `vfio-agent.c`.
package enum AgentCall: UInt16, Sendable {
  /// The one that an operation makes.
  case itself
  case open, read, write, opendir, stat, readlink, fcntl
}

/// Why an agent refuses; numbers as in `vfio-agent.c`.
package enum AgentRefusal: Int32, Sendable {
  case layout = 1
  case operation, path, kind, range, room, size, greeting

  /// One clause.
  package var words: String {
    switch self {
    case .layout: "the request does not read as it should"
    case .operation: "it knows no such request"
    case .path: "it serves no such path"
    case .kind: "the request is for another kind of file"
    case .range: "a value lies outside what it takes"
    case .room: "its tables are full"
    case .size: "more bytes than it takes or gives at once"
    case .greeting: "it speaks another version"
    }
  }
}

/// What an agent answered.
struct AgentReply: Sendable {
  enum Status: Sendable {
    case answered
    case failed(AgentCall, errno: Int32)
    case refused(AgentRefusal)
  }

  var status: Status
  /// What the call returned, or the handle of what was opened.
  var number: Int32
  var results: AgentResults

  /// Reads an answer without its length.
  init(_ bytes: [UInt8]) throws(AgentError) {
    results = AgentResults(bytes)
    let (kind, call) = (try results.half(), try results.half())
    number = Int32(bitPattern: try results.word())
    switch kind {
    case 0: status = .answered
    case 1:
      guard let call = AgentCall(rawValue: call) else { throw .malformed }
      status = .failed(call, errno: number)
    case 2:
      guard let refusal = AgentRefusal(rawValue: number) else { throw .malformed }
      status = .refused(refusal)
    default: throw .malformed
    }
  }

  /// The same, where the kernel was asked, whatever it said.
  func asked() throws(AgentError) -> AgentReply {
    if case .refused(let refusal) = status { throw .refused(refusal) }
    return self
  }

  /// The same, where it is an answer to what was asked.
  func answered() throws(AgentError) -> AgentReply {
    switch status {
    case .answered: return self
    case .failed(let call, let errno): throw .failed(call, errno: errno)
    case .refused(let refusal): throw .refused(refusal)
    }
  }

  /// The same, where the call returned 0.
  func done() throws(AgentError) -> AgentReply {
    let reply = try answered()
    guard number == 0 else { throw .returned(number) }
    return reply
  }
}

/// The results of an answer, read one after the other.
struct AgentResults: Sendable {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isEmpty: Bool { position == bytes.count }

  mutating func half() throws(AgentError) -> UInt16 { try number() }
  mutating func word() throws(AgentError) -> UInt32 { try number() }
  mutating func long() throws(AgentError) -> UInt64 { try number() }

  /// So many bytes.
  mutating func take(_ count: Int) throws(AgentError) -> [UInt8] {
    guard count >= 0, count <= bytes.count - position else { throw .malformed }
    defer { position += count }
    return Array(bytes[position..<(position + count)])
  }

  /// Whatever is left.
  mutating func rest() -> [UInt8] {
    defer { position = bytes.count }
    return Array(bytes[position...])
  }

  /// A text that ends with a 0.
  mutating func text() throws(AgentError) -> String {
    guard let end = bytes[position...].firstIndex(of: 0) else { throw .malformed }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  private mutating func number<Value: FixedWidthInteger>() throws(AgentError) -> Value {
    let width = Value.bitWidth / 8
    guard width <= bytes.count - position else { throw .malformed }
    var value: Value = 0
    for index in 0..<width {
      value |= Value(truncatingIfNeeded: bytes[position + index]) << Value(index * 8)
    }
    position += width
    return value
  }
}
