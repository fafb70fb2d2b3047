public import VFIOTypes

/// Type1's log of the pages devices write to; it takes every page that a device without a log of its own may write for written.
///
/// Source: Linux 6.12 drivers/vfio/vfio_iommu_type1.c: vfio_iommu_type1_dirty_pages.
extension Container {
  /// Notes from here on which pages devices may have written.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: `EACCES` of Type1 of version 1, `EINVAL` where a mapping has more than 2^31 pages.
  public func startDirtyTracking(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    try dirtyPages(.start, in: &kernel)
  }

  /// Notes writes no longer.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: any refusal of the kernel.
  public func stopDirtyTracking(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    try dirtyPages(.stop, in: &kernel)
  }

  /// Which pages of whole mappings devices may have written since they were told.
  ///
  /// - Parameters:
  ///   - range: the bus addresses, which cut no mapping.
  ///   - pageSize: bytes a bit stands for: the smallest page size of the container.
  ///   - kernel: the kernel to ask.
  /// - Returns: a bit for each page, the lowest of a word first.
  /// - Throws: `range` for what the checks find; `EINVAL` before `startDirtyTracking`.
  public func dirtyPages(
    _ range: IOVARange,
    pageSize: UInt64,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> [UInt64] {
    do throws(KernelError) {
      guard model?.isSPAPR != true else { throw KernelError(.iommuDirtyPages, .window(.notType1)) }
      if let smallest = space.information?.pageSizes.smallest, pageSize != smallest {
        throw KernelError(.iommuDirtyPages, .range(.unaligned(smallest)))
      }
      if let cut = space.mappings.first(cutBy: range) {
        throw KernelError(.iommuDirtyPages, .range(.cuts(cut)))
      }
      let query = DirtyQuery(range: range, pageSize: pageSize)
      return try kernel.dirtyBitmap(.iommuDirtyPages(.bitmap(query)), query, of: descriptor)
    } catch { throw error.on(subject) }
  }

  private func dirtyPages(
    _ operation: DirtyPages,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    do throws(KernelError) {
      // The number of this request is that of registering memory on POWER.
      guard model?.isSPAPR != true else { throw KernelError(.iommuDirtyPages, .window(.notType1)) }
      _ = try kernel.perform(.iommuDirtyPages(operation), on: descriptor)
    } catch { throw error.on(subject) }
  }
}
