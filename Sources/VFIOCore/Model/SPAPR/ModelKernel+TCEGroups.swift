import VFIOTypes

/// Groups that join and leave containers with an sPAPR model: vfio_iommu_spapr_tce.c of Linux 6.12.
extension ModelKernel {
  private static let file = "vfio_iommu_spapr_tce.c"

  /// container.c: vfio_ioctl_set_iommu: the groups that are there already join one by one.
  mutating func setTCE(isVersion2: Bool, of index: Int) throws(ModelRefusal) {
    guard let groups = containers[index]?.groups else { return }
    containers[index]?.groups = []
    containers[index]?.tce = ModelTCEContainer(isVersion2: isVersion2)
    do throws(ModelRefusal) {
      for group in groups {
        try joinTCE(group, container: index)
        containers[index]?.groups.append(group)
      }
    } catch {
      containers[index]?.tce = nil
      containers[index]?.groups = groups
      throw error
    }
  }

  /// tce_iommu_attach_group.
  mutating func joinTCE(_ group: Int, container index: Int) throws(ModelRefusal) {
    let function = "\(ModelKernel.file): tce_iommu_attach_group"
    guard let container = containers[index], let tce = container.tce else { return }
    guard let pe = host.groups[group].pe else {
      throw ModelRefusal(.enodev, "\(function), no TCE tables")
    }
    guard !tce.isVersion2 || pe.windows > 0 else {
      throw ModelRefusal(.einval, "\(function), no dynamic windows")
    }
    guard tce.isVersion2 || container.groups.isEmpty else {
      throw ModelRefusal(.ebusy, "\(function), v1 has one group")
    }
    for (slot, window) in tce.windows.enumerated() {
      guard let window else { continue }
      // tce_iommu_take_ownership: no table of a partition's PE serves another's.
      try set(window, slot, of: group)
    }
    if container.groups.isEmpty, tce.windows[0] == nil { containers[index]?.tce?.isDefaultPending = true }
  }

  /// tce_iommu_detach_group, before the group has left.
  mutating func leaveTCE(_ group: Int, _ index: Int) {
    for (slot, window) in (containers[index]?.tce?.windows ?? []).enumerated() {
      if let window { unset(window, slot, of: group) }
    }
    disown(group)
  }

  /// tce_iommu_release: windows, registered memory, and what `ENABLE` charged.
  mutating func endTCE(of index: Int) {
    guard let tce = containers[index]?.tce else { return }
    for slot in tce.windows.indices { freeWindow(slot, in: index) }
    if let owner = tce.owner {
      for number in tce.regions { release(number, of: owner) }
    }
    disable(index)
    containers[index]?.tce = nil
  }

  /// arch/powerpc/kernel/iommu.c: spapr_tce_platform_iommu_attach_dev: the host's own windows go.
  mutating func own(_ group: Int) {
    let isPoisoned = groups[group].pe.isPoisoned
    groups[group].pe = ModelPEState()
    groups[group].pe.isPoisoned = isPoisoned
    // pseries/iommu.c: spapr_tce_take_ownership; remove_dma_window_named does nothing without ibm,ddw-applicable.
    groups[group].pe.hasDefault = host.groups[group].pe.map { !$0.offersDDW } ?? true
  }

  /// release_ownership: the host's own windows come back, what went wrong stays.
  mutating func disown(_ group: Int) {
    let isPoisoned = groups[group].pe.isPoisoned
    groups[group].pe = ModelPEState()
    groups[group].pe.isPoisoned = isPoisoned
  }
}
