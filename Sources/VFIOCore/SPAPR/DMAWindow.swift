public import VFIOTypes

/// A DMA window: bus addresses of a container with sPAPR TCE that one table translates.
///
/// It is owned by whoever holds it and ends by `remove`, or goes with its container by `relinquish`.
public struct DMAWindow: ~Copyable, Sendable {
  /// Its bus addresses.
  public let range: IOVARange
  /// Bytes of its pages, which every map is a multiple of.
  public let pageSize: UInt64

  init(_ range: IOVARange, pageSize: UInt64) {
    self.range = range
    self.pageSize = pageSize
  }

  deinit { assertionFailure("a DMA window was lost without being removed") }

  /// Maps memory in the window, in the place of what was mapped there.
  ///
  /// - Parameters:
  ///   - memory: the memory; of v2 it is registered.
  ///   - offset: where the part starts, in bytes; a multiple of the page size.
  ///   - size: bytes; a multiple of the page size.
  ///   - iova: the first bus address.
  ///   - access: what devices may do with it; powernv adds reading to writing by itself.
  ///   - container: the container of the window.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` for what the checks find, `lockedMemory` where the default window is still to be made and its table is more than
  ///   the process may lock; `EFAULT` for memory that cannot be pinned. After a failure the range may map less than before: unmap it.
  public func map(
    _ memory: borrowing Memory,
    offset: UInt64 = 0,
    size: UInt64,
    at iova: UInt64,
    access: DMAMapping.Access = [.read, .write],
    through container: inout Container,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try check(iova, size, .iommuMapDMA, container)
    try container.map(memory, offset: offset, size: size, at: iova, access: access, in: &kernel)
  }

  /// Unmaps a range of the window, of which nothing need be mapped.
  ///
  /// - Parameters:
  ///   - iova: the first bus address.
  ///   - size: bytes; a multiple of the page size.
  ///   - container: the container of the window.
  ///   - kernel: the kernel to ask.
  /// - Throws: `range` for what the checks find, any refusal of the kernel.
  public func unmap(
    at iova: UInt64,
    size: UInt64,
    through container: inout Container,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try check(iova, size, .iommuUnmapDMA, container)
    try container.unmap(at: iova, size: size, in: &kernel)
  }

  /// Ends the window with all its maps.
  ///
  /// - Parameters:
  ///   - container: the container of the window.
  ///   - kernel: the kernel to ask.
  /// - Throws: `window` where the container has it no more, since its last group was detached or it is another's.
  public consuming func remove(
    from container: inout Container,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let start = range.start
    relinquish()
    try container.onSPAPR(.iommuSPAPRTCERemove, in: &kernel) {
      space,
      descriptor,
      kernel throws(KernelError) in
      try space.remove(windowAt: start, on: descriptor, in: &kernel)
    }
  }

  /// Leaves the window to its container, which takes it along when its last group is detached or closed.
  public consuming func relinquish() { discard self }

  private func check(
    _ iova: UInt64,
    _ size: UInt64,
    _ call: Call,
    _ container: borrowing Container
  ) throws(KernelError) {
    guard size > 0 else { throw KernelError(call, .range(.empty), on: container.subject) }
    guard let range = IOVARange(iova: iova, size: size) else {
      throw KernelError(call, .range(.wraps), on: container.subject)
    }
    guard self.range.contains(range) else {
      throw KernelError(call, .range(.outside([self.range])), on: container.subject)
    }
  }
}
