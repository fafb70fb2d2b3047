import Conformance
import RemoteHost
import Testing
import VFIOCore
import VFIOTypes

/// A request with its name.
private struct Case: Sendable, CustomTestStringConvertible {
  var request: Request
  var testDescription: String { "\(request)" }
}

@Suite struct RemoteKernelTests {
  private let agent: RemoteAgent

  init() throws { agent = try AgentProgram.start() }

  /// Asks a request of a descriptor.
  private func cause(_ request: Request, _ number: Int32) -> KernelError.Cause? {
    var kernel = RemoteKernel(agent)
    let file = Descriptor(adopting: DescriptorNumber(number))
    var cause: KernelError.Cause?
    do throws(KernelError) {
      _ = try kernel.perform(request, on: file)
    } catch { cause = error.call == request.call ? error.cause : nil }
    _ = file.relinquish()
    return cause
  }

  @Test(arguments: Request.samples.map(Case.init))
  fileprivate func `a request reads to the agent as its table says`(_ item: Case) throws {
    // A descriptor it has not given is left to the kernel; memory it has not given it does not ask about.
    let answers: [KernelError.Cause] = [.system(.ebadf), .refused(AgentRefusal.range.words)]
    let answer = try #require(cause(item.request, 200))
    #expect(answers.contains(answer), "\(answer)")
  }

  @Test(arguments: Request.samples.filter { ![.read, .write].contains($0.call) }.map(Case.init))
  fileprivate func `a request for another kind of file is not asked`(_ item: Case) throws {
    var kernel = RemoteKernel(agent)
    let counter = try kernel.open(.eventfd)
    let answers = [AgentRefusal.kind, .range].map { KernelError.Cause.refused($0.words) }
    let answer = cause(item.request, counter.number.number)
    try kernel.close(counter)
    #expect(answer.map(answers.contains) == true, "\(String(describing: answer))")
  }

  @Test func `a node that is not there is the kernel's own answer`() {
    var kernel = RemoteKernel(agent)
    let error = #expect(throws: KernelError.self) {
      _ = try kernel.open(.group(IOMMUGroupID(4_294_967_295))).relinquish()
    }
    #expect(error == KernelError(.open, .system(.enoent)))
    let unknown = #expect(throws: KernelError.self) { try kernel.close(Descriptor(adopting: .init(9))) }
    #expect(unknown == KernelError(.close, .system(.ebadf)))
  }

  @Test func `a counter gives what was added and is empty then`() throws {
    var kernel = RemoteKernel(agent)
    let counter = try kernel.open(.eventfd)
    let empty = try kernel.perform(.eventfdRead(milliseconds: 0), on: counter)
    _ = try kernel.perform(.eventfdWrite(2), on: counter)
    _ = try kernel.perform(.eventfdWrite(3), on: counter)
    let full = try kernel.perform(.eventfdRead(milliseconds: 1000), on: counter)
    let again = try kernel.perform(.eventfdRead(milliseconds: 0), on: counter)
    try kernel.close(counter)
    #expect([empty, full, again] == [.value(0), .value(5), .value(0)])
  }

  @Test(arguments: [MemoryPages.anonymous, .memfd])
  func `memory far away holds what it was filled with`(_ pages: MemoryPages) throws {
    var kernel = RemoteKernel(agent)
    let size: UInt64 = 3 << 20
    let memory = try kernel.allocate(size, pages)
    let other = try kernel.allocate(4096, pages)
    let zeros = try kernel.bytes(of: memory, at: 0, count: Int(size))
    // More than crosses the stream at once.
    let filling = (0..<(2 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    try kernel.fill(memory, at: 4095, with: filling)
    let read = try kernel.bytes(of: memory, at: 4095, count: filling.count)
    let edge = try kernel.bytes(of: memory, at: 4094, count: 1)
    let beyond = #expect(throws: KernelError.self) { try kernel.bytes(of: memory, at: size - 1, count: 2) }
    let untouched = try kernel.bytes(of: other, at: 0, count: 4096)
    let pageSize = memory.pageSize
    try kernel.release(memory)
    try kernel.release(other)
    #expect(zeros == [UInt8](repeating: 0, count: Int(size)))
    #expect(read == filling)
    #expect(edge == [0])
    #expect(beyond == KernelError(.readMemory, .range(.pastMemory(size))))
    #expect(untouched == [UInt8](repeating: 0, count: 4096))
    #expect(pageSize == agent.pageSize)
  }

  @Test func `huge pages that no machine has are the kernel's own answer`() {
    var kernel = RemoteKernel(agent)
    let error = #expect(throws: KernelError.self) {
      _ = try kernel.allocate(1 << 30, MemoryPages(hugePageSize: 1 << 29)).relinquish()
    }
    #expect(error.map { [.system(.einval), .system(.enodev), .system(.enomem)].contains($0.cause) } == true)
  }

  @Test func `memory that may not be touched is an error and no end`() throws {
    var kernel = RemoteKernel(agent)
    let memory = try kernel.allocate(8192)
    let range = MemoryRange(address: memory.address + 4096, size: 4096)
    try kernel.protect(range, .read)
    let read = try kernel.bytes(of: memory, at: 4000, count: 200)
    let write = #expect(throws: KernelError.self) { try kernel.fill(memory, at: 4095, with: [1, 2]) }
    try kernel.protect(range, [])
    let blind = #expect(throws: KernelError.self) { try kernel.bytes(of: memory, at: 4000, count: 200) }
    let outside = #expect(throws: KernelError.self) {
      try kernel.protect(MemoryRange(address: range.address, size: 8192), [])
    }
    try kernel.release(memory)
    #expect(read == [UInt8](repeating: 0, count: 200))
    #expect(write == KernelError(.fillMemory, .system(.efault)))
    #expect(blind == KernelError(.readMemory, .system(.efault)))
    #expect(outside == KernelError(.mmap, .refused(AgentRefusal.range.words)))
  }

  @Test func `what the agent may lock is what this process may`() throws {
    var kernel = RemoteKernel(agent)
    let memory = try kernel.processMemory()
    #expect(memory.pageSize == agent.pageSize)
    #expect(memory.locked == 0)
  }
}
