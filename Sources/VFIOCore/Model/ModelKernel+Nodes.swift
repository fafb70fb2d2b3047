import VFIOTypes

/// Which nodes there are, and who may open a group's.
extension ModelKernel {
  /// The device of a node; nil where the kernel has none of that number.
  func place(ofNode number: UInt32) -> ModelDevicePlace? {
    guard host.hasIOMMUFD, host.hasVFIO else { return nil }
    for (group, members) in host.groups.enumerated() where !members.isNoIOMMU {
      for (device, member) in members.devices.enumerated()
      where member.driver == .vfio && member.node == number {
        return ModelDevicePlace(group: group, device: device)
      }
    }
    return nil
  }

  /// group.c: vfio_group_fops_open.
  func openGroup(_ id: IOMMUGroupID, isNoIOMMU: Bool) throws(ModelRefusal) -> Int {
    // The node comes with the first member that is bound to a VFIO driver: group.c: vfio_create_group.
    guard host.hasVFIO, let group = positions[id], host.groups[group].isNoIOMMU == isNoIOMMU,
      host.groups[group].devices.contains(where: { $0.driver == .vfio })
    else { throw ModelRefusal(.enoent, "fs/namei.c: the node is not there") }
    guard !isNoIOMMU || host.isPrivileged else {
      throw ModelRefusal(.eperm, "group.c: vfio_group_fops_open, CAP_SYS_RAWIO")
    }
    let isBoundByNode = opened.contains { $0.key.group == group && $0.value.isByNode }
    guard !host.groups[group].isHeld, !groups[group].isBusy, !isBoundByNode else {
      throw ModelRefusal(.ebusy, "group.c: vfio_group_fops_open")
    }
    return group
  }

  /// group.c: vfio_group_ioctl_set_container with an iommufd: its IOAS that stands in comes with the first group.
  mutating func attach(_ group: Int, toIOMMUFD index: Int) throws(ModelRefusal) {
    if host.groups[group].isNoIOMMU {
      guard iommufds[index]?.container == nil else {
        throw ModelRefusal(.einval, "iommufd/vfio_compat.c: iommufd_vfio_compat_set_no_iommu")
      }
      iommufds[index]?.hasNoIOMMUGroup = true
    } else {
      guard iommufds[index]?.hasNoIOMMUGroup == false else {
        throw ModelRefusal(.einval, "iommufd/vfio_compat.c: iommufd_vfio_compat_ioas_create")
      }
      let ioas = iommufds[index]?.container ?? iommufds[index]?.addIOAS()
      iommufds[index]?.container = ioas
    }
    groups[group].iommufd = index
  }
}
