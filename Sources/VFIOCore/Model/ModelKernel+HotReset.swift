import VFIOTypes

/// Resets of a bus with all that is on it, and features: Linux 6.12 vfio/pci/vfio_pci_core.c.
extension ModelKernel {
  /// The requests of a device that more than the device itself answers; nil where it does alone.
  mutating func perform(_ request: Request, onDevice place: ModelDevicePlace) throws(ModelRefusal) -> Reply {
    let device = host.groups[place.group].devices[place.device]
    switch request {
    case .deviceSetIRQs(let set):
      try setIRQs(set, of: place)
      return .done
    case .deviceGetPCIHotResetInfo(let capacity):
      return .hotResetInfo(try hotResetInformation(of: place, capacity: capacity))
    case .devicePCIHotReset(let groups):
      try hotReset(place, along: groups)
      return .done
    case .deviceFeature(let operation):
      try device.perform(operation)
      return .done
    // device_cdev.c: vfio_df_ioctl_bind_iommufd, of a device that was opened by its group.
    case .deviceBindIOMMUFD:
      throw ModelRefusal(.einval, "device_cdev.c: vfio_df_ioctl_bind_iommufd, by its group")
    case .malformed(let request, let malformation):
      if let refusal = request.deviceRefusal(of: malformation) { throw refusal }
      return try perform(request, onDevice: place)
    default: return try perform(request, on: device)
    }
  }

  /// The functions that are reset along, in the order of the bus: what is on it and below it.
  private func neighbours(of place: ModelDevicePlace) -> [ModelDevicePlace] {
    let bus = host.groups[place.group].devices[place.device].address
    return host.groups.indices.flatMap { group in
      host.groups[group].devices.indices.map { ModelDevicePlace(group: group, device: $0) }
    }.filter {
      let address = host.groups[$0.group].devices[$0.device].address
      return address.domain == bus.domain && address.bus == bus.bus
    }.sorted {
      host.groups[$0.group].devices[$0.device].address < host.groups[$1.group].devices[$1.device].address
    }
  }

  /// vfio_pci_core.c: vfio_pci_ioctl_get_pci_hot_reset_info.
  private func hotResetInformation(
    of place: ModelDevicePlace,
    capacity: UInt32
  ) throws(ModelRefusal) -> HotResetInfo {
    try checkBus(of: place)
    let neighbours = neighbours(of: place)
    let isByDevice = opened[place]?.isByNode == true
    guard neighbours.count <= Int(capacity) else {
      // `ENOSPC` says how many there are, and the kernel seam makes a reply of it.
      return HotResetInfo(flags: [], count: UInt32(neighbours.count), members: [])
    }
    let members = neighbours.map { neighbour in
      let address = host.groups[neighbour.group].devices[neighbour.device].address
      let group = host.groups[neighbour.group].id.number
      return HotResetInfo.Member(
        owner: isByDevice ? owner(of: neighbour, for: opened[place]?.iommufd) : group,
        address: address
      )
    }
    let isOwned = isByDevice && members.allSatisfy { $0.owner != UInt32.max }
    return HotResetInfo(
      flags: isByDevice ? (isOwned ? [.byDevice, .owned] : .byDevice) : [],
      count: UInt32(members.count),
      members: members
    )
  }

  /// pci.c: pci_probe_reset_bus: a root bus cannot be reset.
  private func checkBus(of place: ModelDevicePlace) throws(ModelRefusal) {
    guard host.groups[place.group].devices[place.device].busReset != .none else {
      throw ModelRefusal(.enodev, "pci/pci.c: pci_probe_reset_bus")
    }
  }

  /// vfio_pci_core.c: vfio_pci_fill_devs: its number in the iommufd, 0 where its group is owned, all ones where it is not.
  private func owner(of place: ModelDevicePlace, for iommufd: Int?) -> UInt32 {
    guard host.groups[place.group].devices[place.device].driver == .vfio, let iommufd else {
      return UInt32.max
    }
    if let device = opened[place], device.iommufd == iommufd { return device.object }
    return owner(of: place.group) == iommufd ? 0 : UInt32.max
  }

  /// vfio_pci_core.c: vfio_pci_ioctl_pci_hot_reset.
  private func hotReset(
    _ place: ModelDevicePlace,
    along numbers: [DescriptorNumber]
  ) throws(ModelRefusal) {
    let function = "vfio_pci_core.c: vfio_pci_ioctl_pci_hot_reset"
    let isByNode = opened[place]?.isByNode == true
    guard numbers.isEmpty == isByNode else {
      throw ModelRefusal(.einval, "\(function), groups are for a device opened by its group")
    }
    try checkBus(of: place)
    let neighbours = neighbours(of: place)
    guard numbers.count <= neighbours.count else {
      throw ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_ioctl_pci_hot_reset_groups, too many")
    }
    var named: Set<Int> = []
    for number in numbers { named.insert(try group(of: number)) }
    for neighbour in neighbours {
      guard host.groups[neighbour.group].devices[neighbour.device].driver == .vfio else {
        throw ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_dev_set_resettable")
      }
      let isOwned =
        isByNode
        ? owner(of: neighbour, for: opened[place]?.iommufd) != UInt32.max : named.contains(neighbour.group)
      guard isOwned else {
        throw ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_dev_set_hot_reset, not owned")
      }
    }
    guard host.groups[place.group].devices[place.device].busReset == .works else {
      throw ModelRefusal(
        .enotty,
        "pci/pci.c: pci_bridge_wait_for_secondary_bus, done, and the link stays down"
      )
    }
  }

  private func group(of number: DescriptorNumber) throws(ModelRefusal) -> Int {
    let function = "vfio_pci_core.c: vfio_pci_ioctl_pci_hot_reset_groups"
    guard files.indices.contains(Int(number.number)), let file = files[Int(number.number)] else {
      throw ModelRefusal(.ebadf, function)
    }
    guard case .group(let group) = file else { throw ModelRefusal(.einval, "\(function), no group") }
    return group
  }
}

extension ModelDevice {
  /// vfio_main.c: vfio_ioctl_device_feature and vfio_pci_core.c: vfio_pci_core_ioctl_feature.
  ///
  /// A token that is set is not carried over to the VFs of the model, which say themselves what they want.
  fileprivate func perform(_ operation: FeatureOperation) throws(ModelRefusal) {
    let (feature, isRead): (DeviceFeature, Bool) =
      switch operation {
      case .probeGet(let feature): (feature, true)
      case .probeSet(let feature): (feature, false)
      case .getMigration: (.migration, true)
      case .setVFToken: (.vfToken, false)
      }
    switch feature {
    case .vfToken:
      guard isPhysicalFunction else {
        throw ModelRefusal(.enotty, "vfio_pci_core.c: vfio_pci_core_feature_token")
      }
    case .lowPowerEntry, .lowPowerEntryWithWakeup, .lowPowerExit: break
    // A driver of its own would offer them: vfio-pci has none.
    case .migration, .migrationState, .dmaLoggingStart, .dmaLoggingStop, .dmaLoggingReport:
      throw ModelRefusal(.enotty, "vfio_main.c: vfio_ioctl_device_feature")
    }
    guard !isRead else { throw ModelRefusal(.einval, "linux/vfio.h: vfio_check_feature, it is only set") }
  }
}
