/// Memory that devices can be let into, owned by whoever holds it.
///
/// The pages a device reaches are those of the process that asked for the map, so memory and map belong to one process:
/// Linux 6.12 vfio_iommu_type1.c: vfio_dma_do_map. With this machine's kernel that is this process; with one far away it is the
/// process there that carries the requests out.
public struct Memory: ~Copyable, Sendable {
  /// Where it starts in the address space of the process that owns it.
  ///
  /// It is a number to name the memory by in `DMAMapping` and `MemoryRange`, with an offset added: what lies there is had from the
  /// kernel that gave it, by `bytes(of:at:count:)` and `fill`.
  public let address: UInt64
  /// Bytes.
  public let size: UInt64
  /// Bytes of the pages behind it.
  public let pageSize: UInt64
  /// The file of memory that can be shared, which ends with it; nil of other memory.
  public let file: DescriptorNumber?

  /// Takes over memory a kernel just gave.
  ///
  /// - Parameters:
  ///   - address: where it starts.
  ///   - size: bytes.
  ///   - pageSize: bytes of the pages behind it.
  ///   - file: the file of memory that can be shared.
  public init(adopting address: UInt64, size: UInt64, pageSize: UInt64, file: DescriptorNumber? = nil) {
    self.address = address
    self.size = size
    self.pageSize = pageSize
    self.file = file
  }

  deinit { assertionFailure("memory was lost without being given back") }

  /// Gives up ownership, for the kernel that takes it back.
  public consuming func relinquish() { discard self }

  /// A part of the memory, or why it is none.
  @inlinable
  package borrowing func part(
    _ offset: UInt64,
    _ size: UInt64,
    _ call: Call
  ) throws(KernelError) -> MemoryRange {
    guard offset <= self.size, size <= self.size - offset else {
      throw KernelError(call, .range(.pastMemory(self.size)))
    }
    return MemoryRange(address: address + offset, size: size)
  }

  /// Checks that a part lies in the memory.
  package borrowing func check(offset: UInt64, count: Int, _ call: Call) throws(KernelError) {
    guard count >= 0, offset <= size, UInt64(count) <= size - offset else {
      throw KernelError(call, .range(.pastMemory(size)))
    }
  }
}
