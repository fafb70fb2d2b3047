public import VFIOTypes

/// Page tables that a program makes itself: Linux 6.12 drivers/iommu/iommufd/hw_pagetable.c.
///
/// No emulated IOMMU notes writes or nests tables, so what the model does for a group that `offers` it was read in the sources
/// and never asked of a kernel.
extension ModelKernel {
  /// hw_pagetable.c: iommufd_hwpt_alloc.
  mutating func allocate(_ allocation: HWPTAllocation, of index: Int) throws(ModelRefusal) -> UInt32 {
    guard let iommufd = iommufds[index] else { return 0 }
    let function = "iommufd/hw_pagetable.c: iommufd_hwpt_alloc"
    guard (allocation.dataType == 0) == allocation.data.isEmpty else {
      throw ModelRefusal(.einval, "\(function), data")
    }
    guard let place = iommufd.devices[allocation.device.number] else { throw ModelKernel.noObject }
    let group = host.groups[place.group]
    if iommufd.ioases[allocation.parent.number] != nil {
      guard allocation.data.isEmpty, allocation.flags.isSubset(of: group.offers) else {
        throw ModelRefusal(.eopnotsupp, "iommufd/hw_pagetable.c: iommufd_hwpt_paging_alloc")
      }
      do throws(ModelRefusal) {
        return try addTable(
          of: allocation.parent.number,
          for: place,
          flags: allocation.flags,
          isAutomatic: false,
          in: index
        )
      } catch {
        iommufds[index] = iommufd
        throw error
      }
    }
    guard let parent = iommufd.tables[allocation.parent.number], parent.parent == nil else {
      throw ModelRefusal(.einval, "\(function), no IOAS and no page table")
    }
    return try nest(allocation, in: parent, for: group, of: index)
  }

  /// hw_pagetable.c: iommufd_hwpt_nested_alloc.
  private mutating func nest(
    _ allocation: HWPTAllocation,
    in parent: ModelPageTable,
    for group: ModelGroup,
    of index: Int
  ) throws(ModelRefusal) -> UInt32 {
    let function = "iommufd/hw_pagetable.c: iommufd_hwpt_nested_alloc"
    guard allocation.flags.isEmpty, !allocation.data.isEmpty, group.makesWholeTables else {
      throw ModelRefusal(.eopnotsupp, function)
    }
    guard parent.flags.contains(.nestParent) else {
      throw ModelRefusal(.einval, "\(function), the parent was not made for it")
    }
    guard group.offers.contains(.nestParent), allocation.dataType == group.hardware.dataType else {
      throw ModelRefusal(.eopnotsupp, "intel/nested.c: intel_nested_domain_alloc")
    }
    let number = iommufds[index]?.freeNumber ?? 0
    var table = parent
    table.parent = allocation.parent.number
    table.flags = []
    table.dirty = []
    iommufds[index]?.tables[number] = table
    return number
  }

  // MARK: Writes of devices

  /// iommufd_private.h: iommufd_get_hwpt_paging: a guest's table is none of them.
  private func table(_ object: ObjectID, of index: Int) throws(ModelRefusal) -> ModelPageTable {
    guard let table = iommufds[index]?.tables[object.number], table.parent == nil else {
      throw ModelKernel.noObject
    }
    return table
  }

  /// hw_pagetable.c: iommufd_hwpt_set_dirty_tracking.
  mutating func setDirtyTracking(
    _ object: ObjectID,
    _ isEnabled: Bool,
    of index: Int
  ) throws(ModelRefusal) {
    guard try table(object, of: index).flags.contains(.dirtyTracking) else {
      throw ModelRefusal(.eopnotsupp, "iommufd/io_pagetable.c: iopt_set_dirty_tracking")
    }
    iommufds[index]?.tables[object.number]?.tracksWrites = isEnabled
    // Switching on begins anew.
    if isEnabled { iommufds[index]?.tables[object.number]?.dirty = [] }
  }

  /// hw_pagetable.c: iommufd_hwpt_get_dirty_bitmap.
  mutating func dirtyBitmap(
    _ object: ObjectID,
    _ query: DirtyQuery,
    of index: Int
  ) throws(ModelRefusal) -> [UInt64] {
    let table = try table(object, of: index)
    let ioas = try checkIOAS(ObjectID(table.ioas), of: index)
    let function = "iommufd/io_pagetable.c: iommufd_check_iova_range"
    // The whole address space has a length that is told as 0.
    let size = query.range.last &- query.range.start &+ 1
    guard size > 0, query.pageSize.nonzeroBitCount == 1,
      (query.range.start | size) & (max(query.pageSize, ioas.alignment) - 1) == 0
    else { throw ModelRefusal(.einval, function) }
    guard table.flags.contains(.dirtyTracking) else {
      throw ModelRefusal(.eopnotsupp, "iommufd/io_pagetable.c: iommu_read_and_clear_dirty")
    }
    guard table.tracksWrites else {
      throw ModelRefusal(.einval, "intel/iommu.c: intel_iommu_read_and_clear_dirty, and its like")
    }
    do throws(ModelRefusal) { _ = try ioas.parts(of: query.range) } catch {
      throw ModelRefusal(.einval, "iommufd/io_pagetable.c: __iommu_read_and_clear_dirty, not all is mapped")
    }
    var words = [UInt64](repeating: 0, count: query.words)
    for page in table.dirty where query.range.contains(ModelKernel.range(ofPage: page)) {
      let bit = (page * ModelKernel.trackedPage - query.range.start) / query.pageSize
      words[Int(bit / 64)] |= 1 << (bit % 64)
      if query.marks == .clear { iommufds[index]?.tables[object.number]?.dirty.remove(page) }
    }
    return words
  }

  /// What a bit of an entry of a page table stands for at the least.
  private static let trackedPage: UInt64 = 4096

  private static func range(ofPage page: UInt64) -> IOVARange {
    IOVARange(start: page * trackedPage, last: page * trackedPage + (trackedPage - 1))
  }

  /// Lets a device write to bus addresses, and says whether its IOMMU let it.
  ///
  /// - Parameters:
  ///   - address: the device, bound to an iommufd.
  ///   - range: where it writes; all of it must be mapped for writing.
  /// - Returns: whether the writes arrived.
  public mutating func write(by address: PCIAddress, to range: IOVARange) -> Bool {
    for (index, slot) in iommufds.enumerated() {
      guard let iommufd = slot,
        let place = iommufd.devices.values.first(where: {
          host.groups[$0.group].devices[$0.device].address == address
        }), let number = iommufd.table(of: place), let table = iommufd.tables[number],
        let parts = try? iommufd.ioases[table.ioas]?.parts(of: range),
        parts.allSatisfy({ $0.access.contains(.write) })
      else { continue }
      let written = table.parent ?? number
      guard iommufd.tables[written]?.tracksWrites == true else { return true }
      let pages = range.start / ModelKernel.trackedPage...range.last / ModelKernel.trackedPage
      iommufds[index]?.tables[written]?.dirty.formUnion(pages)
      return true
    }
    return false
  }
}
