import CLinux
import VFIOCore
import VFIOTypes

/// Groups and containers with Type1; sPAPR maps and unmaps by the same structures.
extension RequestFile {
  func groupStatus() throws(KernelError.Cause) -> Reply {
    var status = vfio_group_status(argsz: size(of: vfio_group_status.self), flags: 0)
    try success(structure(vfioplan_group_get_status, &status))
    return .groupStatus(GroupStatus(rawValue: status.flags))
  }

  func openDevice(_ address: PCIAddress, _ token: String?) throws(KernelError.Cause) -> Reply {
    let name = "\(address)" + (token.map { " vf_token=\($0)" } ?? "")
    return .descriptor(DescriptorNumber(try text(vfioplan_group_get_device_fd, name)))
  }

  func iommuInfo(_ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    let size = MemoryLayout<vfio_iommu_type1_info>.size
    var bytes = [UInt8](repeating: 0, count: max(Int(capacity), size))
    var info = vfio_iommu_type1_info()
    info.argsz = self.size(of: vfio_iommu_type1_info.self, beside: bytes.count - size)
    try success(structure(vfioplan_iommu_get_info, &info, in: &bytes))
    let hasPageSizes = info.flags & UInt32(VFIO_IOMMU_INFO_PGSIZES) != 0
    let hasCapabilities = info.flags & UInt32(VFIO_IOMMU_INFO_CAPS) != 0 && info.argsz <= bytes.count
    return .iommuInfo(
      IOMMUInfo(
        size: info.argsz,
        pageSizes: PageSizes(mask: hasPageSizes ? info.iova_pgsizes : 0),
        capabilities: hasCapabilities
          ? CapabilityChain(bytes: bytes, first: info.cap_offset) : CapabilityChain()
      )
    )
  }

  func map(_ mapping: DMAMapping) throws(KernelError.Cause) -> Reply {
    var map = vfio_iommu_type1_dma_map(
      argsz: size(of: vfio_iommu_type1_dma_map.self),
      flags: flags(mapping.access.rawValue),
      vaddr: mapping.address,
      iova: mapping.iova,
      size: mapping.size
    )
    return try done(structure(vfioplan_iommu_map_dma, &map))
  }

  func unmap(_ range: IOVARange) throws(KernelError.Cause) -> Reply {
    try unmap(flags: 0, iova: range.start, size: range.last &- range.start &+ 1)
  }

  func unmap(flags bits: UInt32, iova: UInt64, size bytes: UInt64) throws(KernelError.Cause) -> Reply {
    var unmap = vfioplan_dma_unmap(
      argsz: size(of: vfioplan_dma_unmap.self),
      flags: flags(bits),
      iova: iova,
      size: malformation == .emptyRange ? 0 : bytes
    )
    try success(structure(vfioplan_iommu_unmap_dma, &unmap))
    return .unmapped(unmap.size)
  }

  func dirtyPages(_ operation: DirtyPages) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_dirty_bitmap()
    switch operation {
    case .start: request.flags = flags(UInt32(VFIO_IOMMU_DIRTY_PAGES_FLAG_START))
    case .stop: request.flags = flags(UInt32(VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP))
    case .bitmap(let query):
      request.argsz = size(of: vfioplan_dirty_bitmap.self)
      request.flags = flags(UInt32(VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP))
      request.iova = query.range.start
      request.size = query.range.last &- query.range.start &+ 1
      request.pgsize = query.pageSize
      return try bitmap(vfioplan_iommu_dirty_pages, &request, query, at: \.data) { $0.bytes = $1 }
    }
    // The head alone: struct vfio_iommu_type1_dirty_bitmap.
    request.argsz = min(size(of: vfioplan_dirty_bitmap.self), 8)
    return try done(structure(vfioplan_iommu_dirty_pages, &request))
  }

  /// A query of dirty pages: the answer's words, each set by the kernel from 0.
  func bitmap<Structure>(
    _ request: UInt,
    _ argument: inout Structure,
    _ query: DirtyQuery,
    at field: WritableKeyPath<Structure, UInt64>,
    size set: (inout Structure, UInt64) -> Void = { _, _ in }
  ) throws(KernelError.Cause) -> Reply {
    var words = [UInt64](repeating: 0, count: query.words)
    set(&argument, UInt64(words.count * 8))
    try success(structure(request, &argument, pointingTo: &words, at: field))
    return .dirtyBitmap(words)
  }
}
