/// What a program asks of VFIO: this machine's kernel, a model of one, one far away.
///
/// Few doors and no state of ours behind them. A request that fails changes nothing unless its own page says so.
public protocol Kernel: ~Copyable {
  /// Opens a node for reading and writing, closed on exec, or makes a counter.
  ///
  /// - Parameter node: what to open.
  /// - Returns: the descriptor, owned by the caller.
  /// - Throws: `Node.call` with the kernel's error number.
  mutating func open(_ node: Node) throws(KernelError) -> Descriptor

  /// Closes a descriptor, which is gone whatever is answered.
  ///
  /// Linux 6.12 fs/open.c: close frees the number before it asks the file anything.
  ///
  /// - Parameter descriptor: what to close.
  /// - Throws: `close` with the kernel's error number.
  mutating func close(_ descriptor: consuming Descriptor) throws(KernelError)

  /// Carries out one request and answers with the reply of the same name.
  ///
  /// Any answer of the kernel that is not success is thrown. `EINTR` is thrown like any other and never retried: after an
  /// interrupted map nobody knows how much was pinned.
  ///
  /// - Parameters:
  ///   - request: what to do.
  ///   - descriptor: the open file it is asked of.
  /// - Returns: the reply.
  /// - Throws: the request's call with the kernel's error number.
  mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply

  /// Takes zeroed memory, which devices can be let into.
  ///
  /// It starts at one of its pages. That is enough for every map, since the kernel clamps the page sizes it reports to the
  /// processor's: Linux 6.12 vfio_iommu_type1.c: vfio_update_pgsize_bitmap.
  ///
  /// - Parameters:
  ///   - size: bytes, more than zero; of huge pages a multiple of their size.
  ///   - pages: what pages stand behind it.
  /// - Returns: the memory, owned by the caller.
  /// - Throws: `mmap` with the kernel's error number: `ENOMEM` where the pool has too few huge pages, `EINVAL` or `ENODEV` where the
  ///   machine has none of the size.
  mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory

  /// Gives memory back, which must not be mapped for any device, nor registered.
  ///
  /// - Parameter memory: what to give back; gone whatever is answered.
  /// - Throws: `munmap` with the kernel's error number.
  mutating func release(_ memory: consuming Memory) throws(KernelError)

  /// What some memory holds.
  ///
  /// - Parameters:
  ///   - memory: memory this kernel gave.
  ///   - offset: bytes from its start.
  ///   - count: how many bytes.
  /// - Returns: that many bytes.
  /// - Throws: `range` where the part does not lie in the memory.
  mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8]

  /// Fills a part of some memory.
  ///
  /// - Parameters:
  ///   - memory: memory this kernel gave.
  ///   - offset: bytes from its start.
  ///   - bytes: what to put there.
  /// - Throws: `range` where the part does not lie in the memory.
  mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError)

  /// What the process that maps may use.
  ///
  /// - Returns: the page size, and what is and may be locked.
  /// - Throws: `getrlimit` with the kernel's error number.
  mutating func processMemory() throws(KernelError) -> ProcessMemory
}

extension Kernel where Self: ~Copyable {
  /// Takes zeroed memory of the processor's own pages.
  ///
  /// - Parameter size: bytes, more than zero.
  /// - Returns: the memory, owned by the caller.
  /// - Throws: `mmap` with the kernel's error number.
  public mutating func allocate(_ size: UInt64) throws(KernelError) -> Memory {
    try allocate(size, .anonymous)
  }
}
