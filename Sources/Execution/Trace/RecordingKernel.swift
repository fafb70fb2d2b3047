package import VFIOCore

/// Any kernel, with every call and answer written down.
///
/// A line is the call, what it was asked of and with, ` = `, and the answer. Descriptors and memory go by their order of opening,
/// so that two runs compare.
package struct RecordingKernel<Base: Kernel & ~Copyable & Sendable>: Kernel, ~Copyable, Sendable {
  package var base: Base
  /// The calls so far.
  package private(set) var lines: [String] = []
  private var names = TraceNames()

  package init(_ base: consuming Base) { self.base = base }

  /// The trace as text, a call a line.
  package var text: String { lines.map { $0 + "\n" }.joined() }

  package mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    let kind = node.kind
    do throws(KernelError) {
      let descriptor = try base.open(node)
      _ = names.opened(kind, descriptor.number)
      lines.append("open \(kind) = opened")
      return descriptor
    } catch { throw refused("open \(kind)", error) }
  }

  package mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    let call = "close \(names.name(of: descriptor.number))"
    names.closed(descriptor.number)
    do throws(KernelError) {
      try base.close(descriptor)
      lines.append("\(call) = done")
    } catch { throw refused(call, error) }
  }

  package mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    let call = names.text(of: request, on: descriptor.number)
    do throws(KernelError) {
      let reply = try base.perform(request, on: descriptor)
      if case .descriptor(let number) = reply { _ = names.opened("device", number) }
      lines.append("\(call) = \(TraceText.text(of: reply))")
      return reply
    } catch { throw refused(call, error) }
  }

  package mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    let call = "mmap \(size)\(TraceText.text(of: pages))"
    do throws(KernelError) {
      let memory = try base.allocate(size, pages)
      _ = names.allocated(memory.address, size)
      lines.append("\(call) = opened")
      return memory
    } catch { throw refused(call, error) }
  }

  package mutating func release(_ memory: consuming Memory) throws(KernelError) {
    let call = "munmap \(names.name(ofMemory: memory.address))"
    names.released(memory.address)
    do throws(KernelError) {
      try base.release(memory)
      lines.append("\(call) = done")
    } catch { throw refused(call, error) }
  }

  package mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] {
    let call = "read \(names.name(ofMemory: memory.address + offset)) \(count)"
    do throws(KernelError) {
      let bytes = try base.bytes(of: memory, at: offset, count: count)
      lines.append("\(call) = \(TraceText.text(of: .bytes(bytes)))")
      return bytes
    } catch { throw refused(call, error) }
  }

  package mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {
    let call = "fill \(names.name(ofMemory: memory.address + offset)) \(TraceText.hexadecimal(bytes))"
    do throws(KernelError) {
      try base.fill(memory, at: offset, with: bytes)
      lines.append("\(call) = done")
    } catch { throw refused(call, error) }
  }

  package mutating func processMemory() throws(KernelError) -> ProcessMemory {
    do throws(KernelError) {
      let memory = try base.processMemory()
      lines.append("getrlimit = \(TraceText.text(of: memory))")
      return memory
    } catch { throw refused("getrlimit", error) }
  }

  private mutating func refused(_ call: String, _ error: KernelError) -> KernelError {
    lines.append("\(call) = \(TraceText.text(of: error.cause))")
    return error
  }
}

extension Node {
  /// The word of a trace: a group's number changes between boots and is none.
  var kind: String {
    switch self {
    case .container: "container"
    case .group: "group"
    case .noIOMMUGroup: "noiommu-group"
    case .iommufd: "iommufd"
    case .deviceNode: "device-node"
    case .eventfd: "eventfd"
    }
  }
}
