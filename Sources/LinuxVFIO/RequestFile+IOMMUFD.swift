import CLinux
import VFIOCore
import VFIOTypes

/// The objects of an iommufd.
extension RequestFile {
  func destroy(_ object: ObjectID) throws(KernelError.Cause) -> Reply {
    var destroy = vfioplan_iommu_destroy(size: size(of: vfioplan_iommu_destroy.self), id: object.number)
    return try done(structure(vfioplan_iommu_destroy_request, &destroy))
  }

  func allocateIOAS() throws(KernelError.Cause) -> Reply {
    var allocation = vfioplan_ioas_alloc(
      size: size(of: vfioplan_ioas_alloc.self),
      flags: flags(),
      out_ioas_id: 0
    )
    try success(structure(vfioplan_ioas_alloc_request, &allocation))
    return .object(ObjectID(allocation.out_ioas_id))
  }

  func allow(_ ranges: [IOVARange], _ ioas: ObjectID) throws(KernelError.Cause) -> Reply {
    var array = ranges.map { vfioplan_iova_range(start: $0.start, last: $0.last) }
    var allow = vfioplan_ioas_allow_iovas(
      size: size(of: vfioplan_ioas_allow_iovas.self),
      ioas_id: ioas.number,
      num_iovas: UInt32(ranges.count),
      reserved: 0,
      allowed_iovas: 0
    )
    return try done(
      structure(vfioplan_ioas_allow_iovas_request, &allow, pointingTo: &array, at: \.allowed_iovas)
    )
  }

  func ranges(of ioas: ObjectID, _ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    var array = [vfioplan_iova_range](repeating: vfioplan_iova_range(), count: Int(capacity))
    var request = vfioplan_ioas_iova_ranges(
      size: size(of: vfioplan_ioas_iova_ranges.self),
      ioas_id: ioas.number,
      num_iovas: capacity,
      reserved: 0,
      allowed_iovas: 0,
      out_iova_alignment: 0
    )
    do throws(KernelError.Cause) {
      try success(
        structure(vfioplan_ioas_iova_ranges_request, &request, pointingTo: &array, at: \.allowed_iovas)
      )
    } catch  where error == .system(.emsgsize) && request.num_iovas > capacity {
      // iommufd/ioas.c: iommufd_ioas_iova_ranges says how many there are.
      return .ioasRanges(
        IOASRanges(count: request.num_iovas, ranges: [], alignment: request.out_iova_alignment)
      )
    }
    return .ioasRanges(
      IOASRanges(
        count: request.num_iovas,
        ranges: array.prefix(Int(request.num_iovas)).filter { $0.start <= $0.last }.map {
          IOVARange(start: $0.start, last: $0.last)
        },
        alignment: request.out_iova_alignment
      )
    )
  }

  // MARK: Mapping

  func map(_ mapping: DMAMapping, _ ioas: ObjectID) throws(KernelError.Cause) -> Reply {
    let fixed = UInt32(vfioplan_ioas_map_fixed_iova)
    var map = vfioplan_ioas_map(
      size: size(of: vfioplan_ioas_map.self),
      flags: flags(fixed | RequestFile.flags(of: mapping.access)),
      ioas_id: ioas.number,
      reserved: 0,
      user_va: mapping.address,
      length: mapping.size,
      iova: mapping.iova
    )
    return try done(structure(vfioplan_ioas_map_request, &map))
  }

  func mapAnywhere(
    _ range: MemoryRange,
    _ access: DMAMapping.Access,
    _ ioas: ObjectID
  ) throws(KernelError.Cause) -> Reply {
    var map = vfioplan_ioas_map(
      size: size(of: vfioplan_ioas_map.self),
      flags: flags(RequestFile.flags(of: access)),
      ioas_id: ioas.number,
      reserved: 0,
      user_va: range.address,
      length: range.size,
      iova: 0
    )
    try success(structure(vfioplan_ioas_map_request, &map))
    return .iova(map.iova)
  }

  func copy(_ copy: IOASCopy) throws(KernelError.Cause) -> Reply {
    let fixed = UInt32(vfioplan_ioas_map_fixed_iova)
    var request = vfioplan_ioas_copy(
      size: size(of: vfioplan_ioas_copy.self),
      flags: flags(fixed | RequestFile.flags(of: copy.access)),
      dst_ioas_id: copy.destination.number,
      src_ioas_id: copy.source.number,
      length: copy.size,
      dst_iova: copy.destinationIOVA,
      src_iova: copy.sourceIOVA
    )
    return try done(structure(vfioplan_ioas_copy_request, &request))
  }

  func unmap(iova: UInt64, size bytes: UInt64, _ ioas: ObjectID) throws(KernelError.Cause) -> Reply {
    var unmap = vfioplan_ioas_unmap(
      size: size(of: vfioplan_ioas_unmap.self),
      ioas_id: ioas.number,
      iova: iova,
      length: malformation == .emptyRange ? 0 : bytes
    )
    try success(structure(vfioplan_ioas_unmap_request, &unmap))
    return .unmapped(unmap.length)
  }

  /// The bits of a map; VFIO's reading is its readable, VFIO's writing its writeable.
  private static func flags(of access: DMAMapping.Access) -> UInt32 {
    (access.contains(.read) ? UInt32(vfioplan_ioas_map_readable) : 0)
      | (access.contains(.write) ? UInt32(vfioplan_ioas_map_writeable) : 0)
  }

  // MARK: Options

  func option(
    _ option: IOMMUFDOption,
    _ object: ObjectID,
    set value: UInt64?
  ) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_iommu_option(
      size: size(of: vfioplan_iommu_option.self),
      option_id: option.rawValue,
      op: UInt16(value == nil ? vfioplan_option_get : vfioplan_option_set),
      reserved: 0,
      object_id: object.number,
      val64: value ?? 0
    )
    try success(structure(vfioplan_iommu_option_request, &request))
    return value == nil ? .value(request.val64) : .done
  }

  func vfioIOAS(_ operation: VFIOIOAS) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_iommu_vfio_ioas()
    request.size = size(of: vfioplan_iommu_vfio_ioas.self)
    switch operation {
    case .get: request.op = UInt16(vfioplan_vfio_ioas_get)
    case .set(let ioas):
      request.op = UInt16(vfioplan_vfio_ioas_set)
      request.ioas_id = ioas.number
    case .clear: request.op = UInt16(vfioplan_vfio_ioas_clear)
    }
    try success(structure(vfioplan_iommu_vfio_ioas_request, &request))
    return operation == .get ? .object(ObjectID(request.ioas_id)) : .done
  }

  // MARK: Page tables

  func allocatePageTable(_ allocation: HWPTAllocation) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_hwpt_alloc()
    request.size = size(of: vfioplan_hwpt_alloc.self)
    request.flags = flags(allocation.flags.rawValue)
    request.dev_id = allocation.device.number
    request.pt_id = allocation.parent.number
    request.data_type = allocation.dataType
    request.data_len = UInt32(allocation.data.count)
    var data = allocation.data
    if data.isEmpty {
      try success(structure(vfioplan_hwpt_alloc_request, &request))
    } else {
      try success(structure(vfioplan_hwpt_alloc_request, &request, pointingTo: &data, at: \.data_uptr))
    }
    return .object(ObjectID(request.out_hwpt_id))
  }

  func hardware(of device: ObjectID, _ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_hw_info()
    request.size = size(of: vfioplan_hw_info.self)
    request.flags = flags()
    request.dev_id = device.number
    request.data_len = capacity
    var data = [UInt8](repeating: 0, count: Int(capacity))
    try success(structure(vfioplan_get_hw_info_request, &request, pointingTo: &data, at: \.data_uptr))
    return .hardware(
      IOMMUHardware(
        dataType: request.out_data_type,
        data: Array(data.prefix(Int(request.data_len))),
        size: request.data_len,
        pasidBits: request.out_max_pasid_log2,
        capabilities: .init(rawValue: request.out_capabilities)
      )
    )
  }

  func setDirtyTracking(_ table: ObjectID, _ isEnabled: Bool) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_hwpt_set_dirty_tracking(
      size: size(of: vfioplan_hwpt_set_dirty_tracking.self),
      flags: flags(isEnabled ? 1 : 0),
      hwpt_id: table.number,
      reserved: 0
    )
    return try done(structure(vfioplan_hwpt_set_dirty_tracking_request, &request))
  }

  func dirtyBitmap(of table: ObjectID, _ query: DirtyQuery) throws(KernelError.Cause) -> Reply {
    var request = vfioplan_hwpt_get_dirty_bitmap(
      size: size(of: vfioplan_hwpt_get_dirty_bitmap.self),
      hwpt_id: table.number,
      flags: flags(query.marks == .keep ? 1 : 0),
      reserved: 0,
      iova: query.range.start,
      length: query.range.last &- query.range.start &+ 1,
      page_size: query.pageSize,
      data: 0
    )
    return try bitmap(vfioplan_hwpt_get_dirty_bitmap_request, &request, query, at: \.data)
  }
}
