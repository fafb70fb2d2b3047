/// A page table of an iommufd (HWPT): how the hardware has the mappings of an IOAS.
///
/// The kernel makes its own for a device that is attached to an IOAS. One is made by hand to note what devices write, before a guest is
/// moved elsewhere. It is owned by whoever holds it and ends by `destroy`, or goes with its iommufd by `relinquish`.
///
/// No IOMMU that QEMU 10 emulates notes writes, so no test has asked a real one.
///
/// Source: Linux 6.12 drivers/iommu/iommufd/hw_pagetable.c.
public struct PageTable: ~Copyable, Sendable {
  private let object: IOMMUFDObject

  init(_ id: ObjectID, of iommufd: DescriptorNumber) { object = IOMMUFDObject(id, of: iommufd) }

  /// Its number in the iommufd.
  public var id: ObjectID { object.id }

  /// Notes from here on which pages devices write.
  ///
  /// - Parameters:
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EOPNOTSUPP` of a page table that was not made for it (iommufd_hwpt_set_dirty_tracking).
  public func startDirtyTracking(
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try perform(.hwptSetDirtyTracking(id, isEnabled: true), of: iommufd, in: &kernel)
  }

  /// Notes writes no longer.
  ///
  /// - Parameters:
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: any refusal of the kernel.
  public func stopDirtyTracking(
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    try perform(.hwptSetDirtyTracking(id, isEnabled: false), of: iommufd, in: &kernel)
  }

  /// Which pages of a range devices wrote since they were told.
  ///
  /// - Parameters:
  ///   - query: the bus addresses, bytes a bit stands for, and what becomes of the marks.
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Returns: a bit for each page, the lowest of a word first.
  /// - Throws: `range` where the range is no multiple of the page size; any refusal of the kernel.
  public func dirtyPages(
    _ query: DirtyQuery,
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> [UInt64] {
    object.check(of: iommufd)
    do throws(KernelError) {
      return try kernel.dirtyBitmap(.hwptGetDirtyBitmap(id, query), query, of: iommufd.descriptor)
    } catch { throw error.on(subject) }
  }

  /// Ends the page table, which no device may be attached to.
  ///
  /// - Parameters:
  ///   - iommufd: the iommufd it is of.
  ///   - kernel: the kernel to ask.
  /// - Throws: `EBUSY` while a device is attached; then it goes with its iommufd.
  public consuming func destroy(
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    let subject = subject
    let object = consumed()
    do throws(KernelError) {
      try object.destroy(of: iommufd, in: &kernel)
    } catch { throw error.on(subject) }
  }

  /// Leaves the page table to its iommufd, which takes it along when it is closed.
  public consuming func relinquish() { consumed().relinquish() }

  private consuming func consumed() -> IOMMUFDObject { object }

  private var subject: String { "page table \(id.number)" }

  private func perform(
    _ request: Request,
    of iommufd: borrowing IOMMUFD,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    object.check(of: iommufd)
    do throws(KernelError) {
      _ = try kernel.perform(request, on: iommufd.descriptor)
    } catch { throw error.on(subject) }
  }
}
