import VFIOTypes

extension ModelKernel {
  /// group.c: vfio_group_fops_unl_ioctl.
  mutating func perform(_ request: Request, onGroup group: Int) throws(ModelRefusal) -> Reply {
    switch request {
    case .groupGetStatus:
      let isSet = groups[group].container != nil || groups[group].iommufd != nil
      // group.c: vfio_group_ioctl_get_status: an attached group is viable by definition.
      if isSet { return .groupStatus([.viable, .containerSet]) }
      return .groupStatus(isOwnedByHost(group) || owner(of: group) != nil ? [] : .viable)
    case .groupSetContainer(let number):
      try attach(group, to: number)
      return .done
    case .groupUnsetContainer:
      guard groups[group].container != nil || groups[group].iommufd != nil else {
        throw ModelRefusal(.einval, "group.c: vfio_group_ioctl_unset_container")
      }
      guard groups[group].devices == 0 else {
        throw ModelRefusal(.ebusy, "group.c: vfio_group_ioctl_unset_container, a device is open")
      }
      detach(group)
      return .done
    case .groupGetDeviceFD(let address, let token):
      return .descriptor(try openDevice(address, token: token, of: group))
    case .read, .write, .eventfdRead, .eventfdWrite: throw ModelKernel.noSuchOperation
    // Whatever else is asked meets the default of the kernel's own switch.
    default: throw ModelRefusal(.enotty, "group.c: vfio_group_fops_unl_ioctl")
    }
  }

  /// Whether a driver of the host counts as an owner of the group's DMA: iommu.c: iommu_device_use_default_domain.
  func isOwnedByHost(_ group: Int) -> Bool {
    host.groups[group].devices.contains { $0.driver == .native }
  }

  private mutating func attach(_ group: Int, to number: DescriptorNumber) throws(ModelRefusal) {
    guard files.indices.contains(Int(number.number)), let file = files[Int(number.number)] else {
      throw ModelRefusal(.ebadf, "group.c: vfio_group_ioctl_set_container")
    }
    guard groups[group].container == nil, groups[group].iommufd == nil else {
      throw ModelRefusal(.einval, "group.c: vfio_group_ioctl_set_container, it has a container")
    }
    if case .iommufd(let index) = file {
      try attach(group, toIOMMUFD: index)
      return
    }
    guard case .container(let index) = file, let container = containers[index] else {
      throw ModelRefusal(.ebadfd, "group.c: vfio_group_ioctl_set_container, no container")
    }
    try checkMixing(group, in: container)
    guard !isOwnedByHost(group), owner(of: group) == nil else {
      throw ModelRefusal(.eperm, "iommu.c: iommu_group_claim_dma_owner")
    }
    guard !host.groups[group].requiresIdentityMap else {
      throw ModelRefusal(.einval, "iommu.c: __iommu_device_set_domain, firmware wants a 1:1 map")
    }
    if container.type1 != nil { try checkJoining(container, group) }
    own(group)
    if container.tce != nil {
      do throws(ModelRefusal) {
        try joinTCE(group, container: index)
      } catch {
        disown(group)
        throw error
      }
    }
    containers[index]?.groups.append(group)
    groups[group].container = index
  }

  private mutating func openDevice(
    _ address: PCIAddress,
    token: String?,
    of group: Int
  ) throws(ModelRefusal) -> DescriptorNumber {
    let devices = host.groups[group].devices
    guard let position = devices.firstIndex(where: { $0.address == address && $0.driver == .vfio }) else {
      throw ModelRefusal(.enodev, "group.c: vfio_device_get_from_name")
    }
    // vfio_pci_core.c: vfio_pci_validate_vf_token.
    switch (devices[position].vfToken, token) {
    case (nil, nil): break
    case (nil, _?): throw ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_validate_vf_token, none is wanted")
    case (let wanted?, let given):
      guard wanted == given else {
        throw ModelRefusal(.eacces, "vfio_pci_core.c: vfio_pci_validate_vf_token")
      }
    }
    let place = ModelDevicePlace(group: group, device: position)
    if let iommufd = groups[group].iommufd {
      try openDevice(place, underIOMMUFD: iommufd)
      return add(.device(group: group, device: position))
    }
    guard let container = groups[group].container else {
      throw ModelRefusal(.einval, "group.c: vfio_df_group_open, no container")
    }
    guard containers[container]?.hasIOMMU == true else {
      throw ModelRefusal(.einval, "container.c: vfio_group_use_container, no IOMMU is set")
    }
    guard !host.groups[group].isNoIOMMU || host.isPrivileged else {
      throw ModelRefusal(.eperm, "container.c: vfio_group_use_container, CAP_SYS_RAWIO")
    }
    opened[place, default: ModelOpenDevice(count: 0)].count += 1
    return add(.device(group: group, device: position))
  }
}
