import VFIOCore
import VFIOTypes

/// A kernel that writes down what it was asked and grants everything, but for what it is told to answer.
///
/// It checks nothing: what it was asked is what got past the checks before it.
struct AskedKernel: Kernel, ~Copyable, Sendable {
  /// What was asked, in order.
  var asked: [Request] = []
  /// Answers to requests by their calls.
  var replies: [Call: Reply] = [:]
  /// Refusals of requests by their calls, the first first.
  var refusals: [Call: [KernelError.Cause]] = [:]
  var memory = ProcessMemory(pageSize: 0x1_0000, lockedLimit: nil, locked: 0)
  private var next: Int32 = 3
  private var address: UInt64 = 0x7000_0000_0000
  /// How many descriptors are open.
  private(set) var open = 0

  init() {}

  mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    if let cause = refusal(node.call) { throw KernelError(node.call, cause) }
    next += 1
    open += 1
    return Descriptor(adopting: DescriptorNumber(next))
  }

  mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    _ = descriptor.relinquish()
    open -= 1
    if let cause = refusal(.close) { throw KernelError(.close, cause) }
  }

  mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    asked.append(request)
    if let cause = refusal(request.call) { throw KernelError(request.call, cause) }
    if let reply = replies[request.call] { return reply }
    switch request {
    case .getAPIVersion: return .version(0)
    case .iommuUnmapDMA(let range), .ioasUnmap(_, let range):
      return .unmapped(range.last &- range.start &+ 1)
    case .groupGetDeviceFD:
      next += 1
      open += 1
      return .descriptor(DescriptorNumber(next))
    default: return .done
    }
  }

  mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    let page = pages.hugePageSize ?? memory.pageSize
    address = (address + page - 1) / page * page
    defer { address += size }
    return Memory(adopting: address, size: size, pageSize: page)
  }

  mutating func release(_ memory: consuming Memory) throws(KernelError) { memory.relinquish() }

  mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {}

  mutating func processMemory() throws(KernelError) -> ProcessMemory { memory }

  private mutating func refusal(_ call: Call) -> KernelError.Cause? {
    guard let first = refusals[call]?.first else { return nil }
    refusals[call]?.removeFirst()
    return first
  }
}

/// The cause a body fails with; nil where it does not.
func cause(_ body: () throws(KernelError) -> Void) -> KernelError.Cause? {
  do throws(KernelError) {
    try body()
    return nil
  } catch { return error.cause }
}
