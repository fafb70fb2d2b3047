import VFIOTypes

extension ModelKernel {
  /// container.c: vfio_fops_unl_ioctl, and what it hands on to vfio_iommu_type1.c: vfio_iommu_type1_ioctl.
  mutating func perform(_ request: Request, onContainer index: Int) throws(ModelRefusal) -> Reply {
    guard let container = containers[index] else { throw ModelRefusal(.ebadf, "fs/ioctl.c: ioctl") }
    if container.tce != nil, let reply = try perform(request, onTCEContainer: index) { return reply }
    if container.isNoIOMMU, let refusal = request.noIOMMURefusal { throw refusal }
    switch request {
    case .getAPIVersion: return .version(0)
    case .checkExtension(let what): return .support(supports(what, of: container))
    case .setIOMMU(let model):
      try setIOMMU(model, of: index)
      return .done
    case .malformed(.setIOMMU, .operation(let number)):
      throw refusal(ofModel: number, container)
    case .iommuGetInfo(let capacity):
      guard container.type1 != nil else { throw ModelKernel.noDriver }
      return .iommuInfo(information(of: container, capacity: capacity))
    case .iommuMapDMA(let mapping):
      guard container.type1 != nil else { throw ModelKernel.noDriver }
      try map(mapping, in: index)
      return .done
    case .iommuUnmapDMA(let range):
      guard var type1 = container.type1 else { throw ModelKernel.noDriver }
      let bytes = try type1.unmap(range, page: smallestPage(of: container))
      containers[index]?.type1 = type1
      return .unmapped(bytes)
    case .iommuUnmapAll:
      guard var type1 = container.type1 else { throw ModelKernel.noDriver }
      let bytes = type1.unmapAll()
      containers[index]?.type1 = type1
      return .unmapped(bytes)
    case .iommuDirtyPages(let operation): return try perform(operation, onContainer: index)
    case .read, .write, .eventfdRead, .eventfdWrite: throw ModelKernel.noSuchOperation
    // Whatever else is asked meets the default of the kernel's own switch.
    default:
      guard container.type1 != nil else { throw ModelKernel.noDriver }
      throw ModelRefusal(.enotty, "vfio_iommu_type1.c: vfio_iommu_type1_ioctl")
    }
  }

  private static let noDriver = ModelRefusal(.einval, "container.c: vfio_fops_unl_ioctl, no IOMMU is set")

  /// vfio_iommu_type1.c: vfio_iommu_type1_check_extension.
  private func supports(_ what: Extension, of container: ModelContainer) -> Int32 {
    if hasNoIOMMUGroup(container) { return supportsWithoutIOMMU(what) }
    return switch what {
    case .model(.type1), .model(.type1v2), .unmapAll: host.hasType1 ? 1 : 0
    // Snoop control is off in the emulated VT-d: intel/iommu.c: intel_iommu_enforce_cache_coherency.
    case .cacheCoherency: 0
    // vfio_iommu_spapr_tce.c: tce_iommu_ioctl, which a container without an IOMMU asks too.
    case .model(.spaprTCE), .model(.spaprTCEv2): host.hasSPAPR ? 1 : 0
    case .eeh: host.hasSPAPR && host.eeh != .off ? 1 : 0
    case .model(.noIOMMU): container.groups.isEmpty ? supportsWithoutIOMMU(what) : 0
    case .model(.iommufd): 0
    }
  }

  /// container.c: vfio_ioctl_set_iommu of a number that no model has.
  private func refusal(ofModel number: UInt32, _ container: ModelContainer) -> ModelRefusal {
    guard !container.groups.isEmpty, !container.hasIOMMU else {
      return ModelRefusal(.einval, "container.c: vfio_ioctl_set_iommu")
    }
    // `VFIO_EEH` is an extension the driver has, and no model it opens.
    guard number == 5, supports(.eeh, of: container) > 0 else {
      return ModelRefusal(.enodev, "container.c: vfio_ioctl_set_iommu, no driver has the model")
    }
    return ModelRefusal(.einval, "vfio_iommu_spapr_tce.c: tce_iommu_open")
  }

  private mutating func setIOMMU(_ model: IOMMUModel, of index: Int) throws(ModelRefusal) {
    guard let container = containers[index], !container.groups.isEmpty, !container.hasIOMMU else {
      throw ModelRefusal(.einval, "container.c: vfio_ioctl_set_iommu")
    }
    guard supports(.model(model), of: container) > 0 else {
      throw ModelRefusal(.enodev, "container.c: vfio_ioctl_set_iommu, no driver has the model")
    }
    guard model != .spaprTCE, model != .spaprTCEv2 else {
      return try setTCE(isVersion2: model == .spaprTCEv2, of: index)
    }
    guard model != .noIOMMU else {
      return try setNoIOMMU(of: index)
    }
    var joined = ModelContainer()
    joined.type1 = ModelContainer.Type1(isVersion2: model == .type1v2, available: host.mappingLimit)
    for group in container.groups {
      try checkJoining(joined, group)
      joined.groups.append(group)
    }
    containers[index] = joined
  }

  /// vfio_iommu_type1.c: vfio_iommu_type1_attach_group.
  func checkJoining(_ container: ModelContainer, _ index: Int) throws(ModelRefusal) {
    let function = "vfio_iommu_type1.c: vfio_iommu_type1_attach_group"
    let group = host.groups[index]
    guard group.remapsInterrupts || host.allowsUnsafeInterrupts else {
      throw ModelRefusal(.eperm, "\(function), interrupts are not remapped")
    }
    var joined = container
    joined.groups.append(index)
    let ranges = ranges(of: joined)
    guard !ranges.isEmpty,
      container.type1?.mappings.allSatisfy({ mapping in
        ranges.contains { $0.contains(mapping) }
      }) ?? true
    else { throw ModelRefusal(.einval, "\(function), ranges against mappings") }
  }

  /// vfio_iommu_type1.c: vfio_dma_do_map, its checks in its order.
  private mutating func map(_ mapping: DMAMapping, in index: Int) throws(ModelRefusal) {
    guard let container = containers[index], var type1 = container.type1 else { return }
    let function = "vfio_iommu_type1.c: vfio_dma_do_map"
    let page = smallestPage(of: container)
    guard !mapping.access.isEmpty, mapping.access.isSubset(of: [.read, .write]) else {
      throw ModelRefusal(.einval, "\(function), access")
    }
    guard mapping.size > 0, (mapping.size | mapping.iova | mapping.address) % page == 0 else {
      throw ModelRefusal(.einval, "\(function), size and alignment")
    }
    guard let range = IOVARange(iova: mapping.iova, size: mapping.size),
      IOVARange(iova: mapping.address, size: mapping.size) != nil
    else { throw ModelRefusal(.einval, "\(function), wrap") }
    guard !type1.mappings.contains(where: { $0.overlaps(range) }) else {
      throw ModelRefusal(.eexist, function)
    }
    guard type1.available > 0 else { throw ModelRefusal(.enospc, function) }
    guard ranges(of: container).contains(where: { $0.contains(range) }) else {
      throw ModelRefusal(.einval, "vfio_iommu_type1.c: vfio_iommu_iova_dma_valid")
    }
    guard
      memories.contains(where: { start, size in
        mapping.address >= start && mapping.address - start <= size
          && mapping.size <= size - (mapping.address - start)
      })
    else { throw ModelRefusal(.efault, "vfio_iommu_type1.c: vfio_pin_pages_remote") }
    if let limit = host.lockedMemoryLimit, pinnedBytes + mapping.size > limit {
      throw ModelRefusal(.enomem, "vfio_iommu_type1.c: vfio_pin_pages_remote, RLIMIT_MEMLOCK")
    }
    type1.insert(range)
    containers[index]?.type1 = type1
  }

  // MARK: What a container offers

  /// vfio_iommu_type1.c: vfio_update_pgsize_bitmap: what all IOMMUs have, clamped to the processor's page.
  private func pageSizes(of container: ModelContainer) -> PageSizes {
    let common = container.groups.reduce(UInt64.max) { $0 & host.groups[$1].pageSizes.mask }
    let below = common & (host.pageSize - 1) != 0
    return PageSizes(mask: common & ~(host.pageSize - 1) | (below ? host.pageSize : 0))
  }

  func smallestPage(of container: ModelContainer) -> UInt64 {
    pageSizes(of: container).smallest ?? host.pageSize
  }

  /// vfio_iommu_type1.c: vfio_iommu_aper_resize and vfio_iommu_resv_exclude.
  private func ranges(of container: ModelContainer) -> [IOVARange] {
    var ranges = [IOVARange(start: 0, last: UInt64.max)]
    for group in container.groups.map({ host.groups[$0] }) {
      ranges = ranges.flatMap { range in group.aperture.compactMap { range.intersection($0) } }
      for region in group.reserved { ranges = ranges.flatMap { $0.subtracting(region) } }
    }
    return ranges
  }

  /// vfio_iommu_type1.c: vfio_iommu_type1_get_info: migration, available mappings and ranges, each after the other.
  private func information(of container: ModelContainer, capacity: UInt32) -> IOMMUInfo {
    let fixed = 24
    let ranges = ranges(of: container)
    var bytes = [UInt8](repeating: 0, count: fixed)
    func append<Number: FixedWidthInteger>(_ number: Number) {
      let width = Number.bitWidth / 8
      for index in 0..<width {
        #if _endian(big)
          bytes.append(UInt8(truncatingIfNeeded: number >> Number((width - 1 - index) * 8)))
        #else
          bytes.append(UInt8(truncatingIfNeeded: number >> Number(index * 8)))
        #endif
      }
    }
    // Dirty pages are tracked by the smallest page; the longest bitmap is 256 MiB.
    append(UInt16(2)); append(UInt16(1)); append(UInt32(fixed + 32)); append(UInt32(0)); append(UInt32(0))
    append(smallestPage(of: container)); append(UInt64(0x1000_0000))
    append(UInt16(3)); append(UInt16(1)); append(UInt32(fixed + 32 + 16))
    append(container.type1?.available ?? 0); append(UInt32(0))
    append(UInt16(1)); append(UInt16(1)); append(UInt32(0)); append(UInt32(ranges.count)); append(UInt32(0))
    for range in ranges {
      append(range.start)
      append(range.last)
    }
    let fits = bytes.count <= Int(capacity)
    return IOMMUInfo(
      size: fits ? capacity : UInt32(bytes.count),
      pageSizes: pageSizes(of: container),
      capabilities: fits ? CapabilityChain(bytes: bytes, first: UInt32(fixed)) : CapabilityChain()
    )
  }
}
