package import VFIOCore

/// A kernel that answers from a trace, and refuses the first call that departs from it and every call after.
package struct ReplayKernel: Kernel, ~Copyable, Sendable {
  private let lines: [String]
  private var position = 0
  private var names = TraceNames()
  private var next: Int32 = 3
  /// What was asked where the trace says something else; nil so far.
  package private(set) var departure: Departure?

  /// The first call that is not the trace's.
  package struct Departure: Hashable, Sendable {
    /// The line of the trace, from 1.
    package var line: Int
    /// What was asked.
    package var asked: String
    /// What the trace has; nil past its end.
    package var expected: String?

    package init(line: Int, asked: String, expected: String?) {
      self.line = line
      self.asked = asked
      self.expected = expected
    }
  }

  /// The trace as `RecordingKernel.text` gave it.
  package init(_ trace: String) {
    lines = trace.split(separator: "\n").map(String.init)
  }

  /// Whether every call of the trace was made and no other.
  package var isFinished: Bool { departure == nil && position == lines.count }

  package mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    _ = try answer("open \(node.kind)", node.call)
    let number = descriptor()
    _ = names.opened(node.kind, number)
    return Descriptor(adopting: number)
  }

  package mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    let number = descriptor.relinquish()
    let call = "close \(names.name(of: number))"
    names.closed(number)
    _ = try answer(call, .close)
  }

  package mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    let reply = try answer(names.text(of: request, on: descriptor.number), request.call)
    if case .descriptor(let number) = reply { _ = names.opened("device", number) }
    return reply
  }

  package mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    _ = try answer("mmap \(size)\(TraceText.text(of: pages))", .mmap)
    // Addresses only have to differ; far apart, so that an offset names its memory.
    let address = UInt64(next) << 40
    next += 1
    _ = names.allocated(address, size)
    let file = pages.sharing == .memfd ? descriptor() : nil
    return Memory(adopting: address, size: size, pageSize: pages.hugePageSize ?? 4096, file: file)
  }

  package mutating func release(_ memory: consuming Memory) throws(KernelError) {
    let call = "munmap \(names.name(ofMemory: memory.address))"
    names.released(memory.address)
    memory.relinquish()
    _ = try answer(call, .munmap)
  }

  package mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] {
    let call = "read \(names.name(ofMemory: memory.address + offset)) \(count)"
    guard case .bytes(let bytes) = try answer(call, .readMemory) else {
      throw KernelError(.readMemory, .malformed("with what no trace says"))
    }
    return bytes
  }

  package mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {
    let call = "fill \(names.name(ofMemory: memory.address + offset)) \(TraceText.hexadecimal(bytes))"
    _ = try answer(call, .fillMemory)
  }

  package mutating func processMemory() throws(KernelError) -> ProcessMemory {
    let text = try line("getrlimit", .getrlimit)
    guard let memory = TraceText.processMemory(text) else {
      throw KernelError(.getrlimit, .malformed("with what no trace says: \(text)"))
    }
    return memory
  }

  private mutating func descriptor() -> DescriptorNumber {
    next += 1
    return DescriptorNumber(next - 1)
  }

  private mutating func answer(_ asked: String, _ call: Call) throws(KernelError) -> Reply {
    let rest = try line(asked, call)
    let opens = rest == "opened" && call == .groupGetDeviceFD
    guard let reply = TraceText.reply(rest, opening: opens ? descriptor() : DescriptorNumber(-1)) else {
      throw KernelError(call, .malformed("with what no trace says: \(rest)"))
    }
    return reply
  }

  /// The answer of the next line, which must be that call's.
  private mutating func line(_ asked: String, _ call: Call) throws(KernelError) -> Substring {
    if departure != nil { throw KernelError(call, .malformed("nothing, after a departure from the trace")) }
    let prefix = asked + " = "
    guard position < lines.count, lines[position].hasPrefix(prefix) else {
      departure = Departure(
        line: position + 1,
        asked: asked,
        expected: position < lines.count ? lines[position] : nil
      )
      throw KernelError(call, .malformed("nothing: it departs from the trace at line \(position + 1)"))
    }
    let rest = lines[position].dropFirst(prefix.count)
    position += 1
    if let cause = TraceText.cause(rest) { throw KernelError(call, cause) }
    return rest
  }
}
