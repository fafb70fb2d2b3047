import Conformance
import Execution
import Testing
import VFIOCore

/// A kernel that answers one request with one reply.
private struct OneReply: Kernel, ~Copyable, Sendable {
  let reply: Reply

  mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    Descriptor(adopting: DescriptorNumber(7))
  }
  mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    _ = descriptor.relinquish()
  }
  mutating func perform(_ request: Request, on descriptor: borrowing Descriptor) throws(KernelError) -> Reply
  {
    reply
  }
  mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    Memory(adopting: 0x7000_0000, size: size, pageSize: 4096)
  }
  mutating func release(_ memory: consuming Memory) throws(KernelError) { memory.relinquish() }
  mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] { [UInt8](repeating: 7, count: count) }
  mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {}
  mutating func processMemory() throws(KernelError) -> ProcessMemory {
    ProcessMemory(pageSize: 65536, lockedLimit: 1 << 20, locked: 4096)
  }
}

private struct Pair: Sendable, CustomTestStringConvertible {
  var request: Request
  var reply: Reply
  var testDescription: String { "\(request) \(reply)" }
}

@Suite struct TraceTextTests {
  @Test(
    arguments: Reply.samples.filter { if case .descriptor = $0 { false } else { true } }.map {
      Pair(request: .getAPIVersion, reply: $0)
    }
      + Request.samples.map { Pair(request: $0, reply: .done) }
  )
  fileprivate func `what was recorded is what a replay answers`(_ pair: Pair) throws {
    var recording = RecordingKernel(OneReply(reply: pair.reply))
    let file = try recording.open(.iommufd)
    let memory = try recording.allocate(0x1_0000, MemoryPages(sharing: .single, hugePageSize: 1 << 21))
    _ = try recording.perform(pair.request, on: file)
    let recorded = try recording.bytes(of: memory, at: 8, count: 2)
    let process = try recording.processMemory()
    try recording.fill(memory, at: 0, with: [1])
    try recording.release(memory)
    try recording.close(file)

    // Addresses of a replay are its own, so the requests that name memory go by that.
    var replay = ReplayKernel(recording.text)
    let again = try replay.open(.iommufd)
    let other = try replay.allocate(0x1_0000, MemoryPages(sharing: .single, hugePageSize: 1 << 21))
    let request = pair.request.moved(from: 0x7000_0000, to: other.address)
    let reply = try replay.perform(request, on: again)
    let replayed = try replay.bytes(of: other, at: 8, count: 2)
    let replayedProcess = try replay.processMemory()
    try replay.fill(other, at: 0, with: [1])
    try replay.release(other)
    try replay.close(again)
    let isFinished = replay.isFinished

    #expect(reply == pair.reply)
    #expect(replayed == recorded)
    #expect(replayedProcess == process)
    #expect(isFinished)
  }

  @Test func `no two requests read alike`() throws {
    var lines: Set<String> = []
    for request in Request.samples {
      var recording = RecordingKernel(OneReply(reply: .done))
      let file = try recording.open(.iommufd)
      _ = try recording.perform(request, on: file)
      lines.insert(recording.lines[1])
      try recording.close(file)
    }
    #expect(lines.count == Request.samples.count)
  }
}

extension Request {
  /// The request with what it names of memory at another place.
  fileprivate func moved(from old: UInt64, to new: UInt64) -> Request {
    func moved(_ mapping: DMAMapping) -> DMAMapping {
      DMAMapping(
        iova: mapping.iova,
        size: mapping.size,
        address: mapping.address - old + new,
        access: mapping.access
      )
    }
    func moved(_ range: MemoryRange) -> MemoryRange {
      MemoryRange(address: range.address - old + new, size: range.size)
    }
    return switch self {
    case .iommuMapDMA(let mapping): .iommuMapDMA(moved(mapping))
    case .ioasMap(let ioas, let mapping): .ioasMap(ioas, moved(mapping))
    case .iommuSPAPRRegisterMemory(let range): .iommuSPAPRRegisterMemory(moved(range))
    case .iommuSPAPRUnregisterMemory(let range): .iommuSPAPRUnregisterMemory(moved(range))
    case .ioasMapAnywhere(let ioas, let range, let access): .ioasMapAnywhere(ioas, moved(range), access)
    case .malformed(let request, let malformation):
      .malformed(request.moved(from: old, to: new), malformation)
    default: self
    }
  }
}
