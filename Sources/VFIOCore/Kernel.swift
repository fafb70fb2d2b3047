public import VFIOTypes

/// A node of `/dev` that can be opened.
public enum Node: Hashable, Sendable {
  /// `/dev/vfio/vfio`: each opening is a container of its own.
  case container
  /// `/dev/vfio/<number>`: one opening at a time.
  case group(IOMMUGroupID)
}

/// What a program asks of VFIO: this machine's kernel, a model of one, one far away.
///
/// Few doors and no state of ours behind them. A request that fails changes nothing unless its own page says so.
public protocol Kernel: ~Copyable {
  /// Opens a node for reading and writing, closed on exec.
  ///
  /// - Parameter node: what to open.
  /// - Returns: the descriptor, owned by the caller.
  /// - Throws: `open` with the kernel's error number.
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
  ///   - descriptor: the container, group or device it is asked of.
  /// - Returns: the reply.
  /// - Throws: the request's call with the kernel's error number.
  mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply

  /// Takes anonymous zeroed memory of this process, which devices can be let into.
  ///
  /// It starts at a page of the processor. That is enough for every map, since the kernel clamps the page sizes it reports to the
  /// processor's: Linux 6.12 vfio_iommu_type1.c: vfio_update_pgsize_bitmap.
  ///
  /// - Parameter size: bytes, more than zero.
  /// - Returns: the memory, owned by the caller.
  /// - Throws: `mmap` with the kernel's error number.
  mutating func allocate(_ size: UInt64) throws(KernelError) -> Memory

  /// Gives memory back, which must not be mapped for any device.
  ///
  /// - Parameter memory: what to give back; gone whatever is answered.
  /// - Throws: `munmap` with the kernel's error number.
  mutating func release(_ memory: consuming Memory) throws(KernelError)
}
