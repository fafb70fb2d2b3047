package import VFIOCore

/// Memory of the agent's process.
extension RemoteKernel {
  /// How many bytes cross the stream at once.
  private static let part = 1 << 20

  package mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    var frame = Frame(.memoryAllocate)
    frame.long(size)
    frame.word(pages.sharing == .memfd ? 1 : 0)
    // A size that is no power of two has no shift: the kernel is asked for the one below and refuses what it has no pool of.
    frame.word(pages.hugePageSize.map { UInt32(63 - ($0 | 1).leadingZeroBitCount) } ?? 0)
    frame.word(3)
    do throws(AgentError) {
      let handle = UInt32(bitPattern: try agent.ask(frame).number)
      return Memory(
        adopting: MemoryPlace(handle: handle, offset: 0).address,
        size: size,
        pageSize: pages.hugePageSize ?? agent.pageSize
      )
    } catch { throw KernelError(.mmap, error.cause) }
  }

  package mutating func release(_ memory: consuming Memory) throws(KernelError) {
    var frame = Frame(.memoryRelease)
    frame.word(MemoryPlace(memory.address).handle)
    memory.relinquish()
    do throws(AgentError) { _ = try agent.ask(frame).done() } catch {
      throw KernelError(.munmap, error.cause)
    }
  }

  package mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] {
    try memory.check(offset: offset, count: count, .readMemory)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    do throws(AgentError) {
      while bytes.count < count {
        var frame = Frame(.memoryRead)
        frame.place(memory.address + offset + UInt64(bytes.count))
        frame.long(UInt64(min(count - bytes.count, RemoteKernel.part)))
        var reply = try agent.ask(frame).done()
        let part = reply.results.rest()
        guard !part.isEmpty else { throw .malformed }
        bytes += part
      }
    } catch { throw KernelError(.readMemory, error.cause) }
    return bytes
  }

  package mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {
    try memory.check(offset: offset, count: bytes.count, .fillMemory)
    var rest = bytes[...]
    do throws(AgentError) {
      while !rest.isEmpty {
        var frame = Frame(.memoryFill)
        frame.place(memory.address + offset + UInt64(rest.startIndex))
        frame.blob(rest.prefix(RemoteKernel.part))
        _ = try agent.ask(frame).done()
        rest = rest.dropFirst(RemoteKernel.part)
      }
    } catch { throw KernelError(.fillMemory, error.cause) }
  }

  /// Takes rights on a part of memory away from the agent's process, or gives them back: what the kernel then says of it.
  ///
  /// - Parameters:
  ///   - range: the part, of whole pages.
  ///   - access: what the process may do with it.
  /// - Throws: `mmap` with the kernel's error number.
  package mutating func protect(_ range: MemoryRange, _ access: DMAMapping.Access) throws(KernelError) {
    var frame = Frame(.memoryProtect)
    frame.place(range.address)
    frame.long(range.size)
    frame.word(access.rawValue)
    do throws(AgentError) { _ = try agent.ask(frame).done() } catch { throw KernelError(.mmap, error.cause) }
  }

  package mutating func processMemory() throws(KernelError) -> ProcessMemory {
    do throws(AgentError) {
      let status = try text("/proc/self/status")
      let limits = try text("/proc/self/limits")
      guard let limit = line("Max locked memory", of: limits)?.first else { throw .malformed }
      // Linux 6.12 mm/util.c: __account_locked_vm and vfio_iommu_type1.c: vfio_lock_acct ask for CAP_IPC_LOCK, capability 14.
      let capabilities = line("CapEff:", of: status)?.first.flatMap { UInt64($0, radix: 16) } ?? 0
      let locked = line("VmLck:", of: status)?.first.flatMap { UInt64($0) } ?? 0
      return ProcessMemory(
        pageSize: agent.pageSize,
        lockedLimit: capabilities >> 14 & 1 == 1 ? nil : UInt64(limit),
        locked: locked * 1024
      )
    } catch { throw KernelError(.getrlimit, error.cause) }
  }

  private func text(_ path: String) throws(AgentError) -> String {
    var frame = Frame(.fileRead)
    frame.text(path)
    frame.long(1 << 20)
    var reply = try agent.ask(frame)
    return String(decoding: reply.results.rest(), as: UTF8.self)
  }

  /// The words behind the name of a line.
  private func line(_ name: String, of text: String) -> [Substring]? {
    text.split(separator: "\n").first { $0.hasPrefix(name) }?
      .dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" })
  }
}
