import VFIOTypes

/// Containers with an sPAPR model: vfio_iommu_spapr_tce.c of Linux 6.12.
extension ModelKernel {
  private static let file = "vfio_iommu_spapr_tce.c"

  /// tce_iommu_ioctl; nil for what container.c answers itself.
  mutating func perform(_ request: Request, onTCEContainer index: Int) throws(ModelRefusal) -> Reply? {
    let asked = ModelTCERequest(request)
    switch asked.request {
    case .getAPIVersion, .checkExtension, .setIOMMU, .read, .write, .eventfdRead, .eventfdWrite: return nil
    default: break
    }
    guard let tce = containers[index]?.tce else { return nil }
    if let owner = tce.owner, owner != process {
      throw ModelRefusal(.eperm, "\(ModelKernel.file): tce_iommu_ioctl, another process")
    }
    switch asked.request {
    case .iommuSPAPRTCEGetInfo(let capacity):
      return .spaprTCEInfo(try information(of: index, capacity: asked.size ?? capacity))
    // The number is the same: include/uapi/linux/vfio.h.
    case .iommuGetInfo(let capacity): return .iommuInfo(try type1Information(of: index, capacity: capacity))
    case .iommuMapDMA(let mapping): try map(mapping, asked, in: index)
    case .iommuUnmapDMA(let range):
      let size = asked.isEmpty ? 0 : range.last &- range.start &+ 1
      try unmap(range.start, size, asked, in: index)
      // The kernel writes nothing back.
      return .unmapped(size)
    case .iommuUnmapAll:
      var asked = asked
      asked.flags |= 2
      try unmap(0, 0, asked, in: index)
    case .iommuSPAPRRegisterMemory, .iommuSPAPRUnregisterMemory, .iommuDirtyPages, .iommuSPAPRTCECreate,
      .iommuSPAPRTCERemove:
      guard tce.isVersion2 else { throw ModelKernel.unknown }
      return try performVersion2(asked, in: index)
    case .iommuEnable:
      guard !tce.isVersion2 else { throw ModelKernel.unknown }
      try enable(index)
    case .iommuDisable:
      guard !tce.isVersion2 else { throw ModelKernel.unknown }
      disable(index)
    case .eehPEOp(let operation):
      return try perform(operation, asked, onGroups: containers[index]?.groups.reversed() ?? [])
    default: throw ModelKernel.unknown
    }
    return .done
  }

  private static let unknown = ModelRefusal(.enotty, "\(file): tce_iommu_ioctl")

  private mutating func performVersion2(_ asked: ModelTCERequest, in index: Int) throws(ModelRefusal) -> Reply
  {
    switch asked.request {
    case .iommuSPAPRRegisterMemory(let range):
      containers[index]?.tce?.owner = process
      try asked.check(24, "REGISTER_MEMORY")
      try register(range, in: index)
    // The number is the same: include/uapi/linux/vfio.h; there are flags in every form of it.
    case .iommuDirtyPages:
      containers[index]?.tce?.owner = process
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_ioctl, REGISTER_MEMORY, argsz or flags")
    case .iommuSPAPRUnregisterMemory(let range):
      guard containers[index]?.tce?.owner != nil else {
        throw ModelRefusal(
          .eperm,
          "\(ModelKernel.file): tce_iommu_ioctl, UNREGISTER_MEMORY before any process"
        )
      }
      try asked.check(24, "UNREGISTER_MEMORY")
      try unregister(range, in: index)
    case .iommuSPAPRTCECreate(let window):
      containers[index]?.tce?.owner = process
      try asked.check(40, "TCE_CREATE")
      try createDefaultWindow(in: index)
      return .window(start: try createWindow(window, in: index))
    case .iommuSPAPRTCERemove(let start):
      containers[index]?.tce?.owner = process
      try asked.check(16, "TCE_REMOVE")
      if containers[index]?.tce?.isDefaultPending == true, start == 0 {
        containers[index]?.tce?.isDefaultPending = false
      } else {
        try removeWindow(at: start, in: index)
      }
    default: throw ModelKernel.unknown
    }
    return .done
  }

  // MARK: Information

  private func information(of index: Int, capacity: UInt32) throws(ModelRefusal) -> SPAPRTCEInfo {
    guard capacity >= 16 else {
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_ioctl, GET_INFO, argsz")
    }
    guard let container = containers[index], let pe = container.groups.last.flatMap({ host.groups[$0].pe })
    else {
      throw ModelRefusal(.enxio, "\(ModelKernel.file): tce_iommu_ioctl, GET_INFO, no group")
    }
    var info = SPAPRTCEInfo(windowStart: pe.windowStart, windowSize: pe.windowSize, dynamicWindows: nil)
    if capacity >= 32, pe.windows > 0, container.tce?.isVersion2 == true {
      info.dynamicWindows = SPAPRTCEInfo.DynamicWindows(
        pageSizes: pe.pageSizes,
        count: pe.windows,
        levels: pe.levels
      )
    }
    return info
  }

  /// What Type1's structure makes of the answer: the flag of DDW stands where that of page sizes does, and the window where they
  /// do.
  private func type1Information(of index: Int, capacity: UInt32) throws(ModelRefusal) -> IOMMUInfo {
    let info = try information(of: index, capacity: max(capacity, 16))
    let pe = containers[index]?.groups.last.flatMap { host.groups[$0].pe }
    let hasFlag = containers[index]?.tce?.isVersion2 == true && (pe?.windows ?? 0) > 0
    let mask = hasFlag ? UInt64(info.windowSize) << 32 | UInt64(info.windowStart) : 0
    return IOMMUInfo(size: capacity, pageSizes: PageSizes(mask: mask), capabilities: CapabilityChain())
  }

  // MARK: v1

  /// tce_iommu_enable: charges the whole default window.
  private mutating func enable(_ index: Int) throws(ModelRefusal) {
    let function = "\(ModelKernel.file): tce_iommu_enable"
    guard let container = containers[index], let tce = container.tce,
      let pe = container.groups.last.flatMap({ host.groups[$0].pe })
    else { throw ModelRefusal(.enodev, function) }
    guard !tce.isEnabled else { throw ModelRefusal(.ebusy, function) }
    guard pe.windowSize > 0 else { throw ModelRefusal(.eperm, "\(function), no default window") }
    containers[index]?.tce?.owner = process
    try charge(UInt64(pe.windowSize), to: process)
    containers[index]?.tce?.enabledBytes = UInt64(pe.windowSize)
    containers[index]?.tce?.isEnabled = true
  }

  /// tce_iommu_disable: mappings stay.
  mutating func disable(_ index: Int) {
    guard let tce = containers[index]?.tce, tce.isEnabled, let owner = tce.owner else { return }
    containers[index]?.tce?.isEnabled = false
    discharge(tce.enabledBytes, from: owner)
    containers[index]?.tce?.enabledBytes = 0
  }

  // MARK: Maps

  private mutating func map(_ mapping: DMAMapping, _ asked: ModelTCERequest, in index: Int)
    throws(ModelRefusal)
  {
    guard containers[index]?.tce?.isEnabled == true else {
      throw ModelRefusal(.eperm, "\(ModelKernel.file): tce_iommu_ioctl, MAP_DMA, not enabled")
    }
    var asked = asked
    asked.flags |= mapping.access.rawValue
    try asked.check(32, flags: DMAMapping.Access([.read, .write]).rawValue, "MAP_DMA")
    let (slot, page) = try window(of: mapping.iova, in: index)
    let size = asked.isEmpty ? 0 : mapping.size
    guard (size | mapping.address) % page == 0 else {
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_ioctl, MAP_DMA, size and address")
    }
    guard asked.flags != 0 else {
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_ioctl, MAP_DMA, access")
    }
    guard mapping.iova % page == 0 else {
      throw ModelRefusal(returning: 1, "asm/iommu.h: iommu_tce_put_param_check, of which only true is told")
    }
    var mapping = mapping
    mapping.size = size
    mapping.access = DMAMapping.Access(rawValue: asked.flags)
    try build(mapping, in: index, slot: slot)
  }

  private mutating func unmap(
    _ iova: UInt64,
    _ size: UInt64,
    _ asked: ModelTCERequest,
    in index: Int
  ) throws(ModelRefusal) {
    guard containers[index]?.tce?.isEnabled == true else {
      throw ModelRefusal(.eperm, "\(ModelKernel.file): tce_iommu_ioctl, UNMAP_DMA, not enabled")
    }
    try asked.check(24, "UNMAP_DMA")
    let (slot, page) = try window(of: iova, in: index)
    guard size % page == 0 else {
      throw ModelRefusal(.einval, "\(ModelKernel.file): tce_iommu_ioctl, UNMAP_DMA, size")
    }
    guard iova % page == 0 else {
      throw ModelRefusal(returning: 1, "asm/iommu.h: iommu_tce_clear_param_check, of which only true is told")
    }
    try clear(iova, size, in: index, slot: slot)
  }

  private mutating func window(of iova: UInt64, in index: Int) throws(ModelRefusal) -> (
    slot: Int, page: UInt64
  ) {
    try createDefaultWindow(in: index)
    guard let tce = containers[index]?.tce, let slot = tce.slot(of: iova), let window = tce.windows[slot]
    else {
      throw ModelRefusal(.enxio, "\(ModelKernel.file): tce_iommu_find_table")
    }
    return (slot, window.page)
  }
}
