import VFIOTypes

/// A device that is open: `struct vfio_device` in Linux 6.12 drivers/vfio.
struct ModelOpenDevice: Sendable {
  /// How many descriptors it has; by its own node no more than one that is bound.
  var count = 1
  /// The iommufd it is bound to, with the number it has there; nil under a container.
  var iommufd: Int?
  var object: UInt32 = 0
  /// Whether it was opened by its own node, and not by its group.
  var isByNode = false
  var interrupts = ModelInterrupts()
}

/// Devices opened by their own node, and what binds a device to an iommufd.
extension ModelKernel {
  /// vfio_main.c: vfio_device_fops_unl_ioctl of a node; nothing but binding works before.
  mutating func perform(
    _ request: Request,
    onNode place: ModelDevicePlace,
    isBound: Bool,
    _ number: Int
  ) throws(ModelRefusal) -> Reply {
    switch request {
    case .deviceBindIOMMUFD(let iommufd):
      let object = try bind(place, to: iommufd, isBound: isBound)
      files[number] = .deviceNode(place, isBound: true)
      return .object(ObjectID(object))
    case .malformed(let request, let malformation) where request.call == .deviceBindIOMMUFD:
      if let refusal = request.deviceRefusal(of: malformation) { throw refusal }
      return try perform(request, onNode: place, isBound: isBound, number)
    case .eventfdRead, .eventfdWrite: throw ModelKernel.noSuchOperation
    default: break
    }
    guard isBound, let device = opened[place], let iommufd = device.iommufd else {
      throw ModelRefusal(.einval, "vfio_main.c: vfio_device_fops_unl_ioctl, the device is not bound")
    }
    switch request {
    case .deviceAttachIOMMUFDPT(let object):
      return .object(ObjectID(try attach(place, to: object, of: iommufd)))
    case .deviceDetachIOMMUFDPT:
      // Detaching what is not attached is no mistake: iommufd.c: vfio_iommufd_physical_detach_ioas.
      iommufds[iommufd]?.detach(place, processorPage: host.pageSize)
      return .done
    case .malformed(let request, let malformation)
    where [.deviceAttachIOMMUFDPT, .deviceDetachIOMMUFDPT].contains(request.call):
      if let refusal = request.deviceRefusal(of: malformation) { throw refusal }
      return try perform(request, onNode: place, isBound: isBound, number)
    default: return try perform(request, onDevice: place)
    }
  }

  /// device_cdev.c: vfio_df_ioctl_bind_iommufd, its checks in its order.
  private mutating func bind(
    _ place: ModelDevicePlace,
    to number: DescriptorNumber,
    isBound: Bool
  ) throws(ModelRefusal) -> UInt32 {
    let function = "device_cdev.c: vfio_df_ioctl_bind_iommufd"
    guard number.number >= 0 else { throw ModelRefusal(.einval, "\(function), no descriptor") }
    guard !groups[place.group].isBusy, !host.groups[place.group].isHeld else {
      throw ModelRefusal(.ebusy, "group.c: vfio_device_block_group")
    }
    guard !isBound else { throw ModelRefusal(.einval, "\(function), it is bound") }
    guard files.indices.contains(Int(number.number)), let file = files[Int(number.number)] else {
      throw ModelRefusal(.ebadf, "iommufd/main.c: iommufd_ctx_from_fd")
    }
    guard case .iommufd(let index) = file else {
      throw ModelRefusal(.ebadfd, "iommufd/main.c: iommufd_ctx_from_fd, no iommufd")
    }
    guard opened[place] == nil else {
      throw ModelRefusal(.einval, "vfio_main.c: vfio_df_open, the device is open")
    }
    var device = try bind(place, toIOMMUFD: index)
    device.isByNode = true
    opened[place] = device
    return device.object
  }

  /// iommufd/device.c: iommufd_device_bind.
  mutating func bind(
    _ place: ModelDevicePlace,
    toIOMMUFD index: Int
  ) throws(ModelRefusal) -> ModelOpenDevice {
    let group = host.groups[place.group]
    guard group.remapsInterrupts || host.iommufdAllowsUnsafeInterrupts else {
      throw ModelRefusal(.eperm, "iommufd/device.c: iommufd_device_bind, interrupts are not isolated")
    }
    guard !isOwnedByHost(place.group), owner(of: place.group).map({ $0 == index }) ?? true else {
      throw ModelRefusal(.eperm, "iommu.c: iommu_device_claim_dma_owner")
    }
    guard !group.requiresIdentityMap else {
      throw ModelRefusal(.einval, "iommu.c: __iommu_device_set_domain, firmware wants a 1:1 map")
    }
    let object = iommufds[index]?.freeNumber ?? 0
    iommufds[index]?.devices[object] = place
    return ModelOpenDevice(iommufd: index, object: object)
  }

  /// The iommufd that owns a group's DMA, as long as a member is bound to it.
  func owner(of group: Int) -> Int? {
    opened.first { $0.key.group == group && $0.value.iommufd != nil }?.value.iommufd
  }

  /// Opens a device of a group that an iommufd stands in for: vfio_df_group_open in group.c.
  mutating func openDevice(_ place: ModelDevicePlace, underIOMMUFD index: Int) throws(ModelRefusal) {
    guard opened[place] == nil else {
      opened[place]?.count += 1
      return
    }
    if host.groups[place.group].isNoIOMMU {
      // Whoever made an IOAS expects translation.
      guard host.isPrivileged, iommufds[index]?.container == nil else {
        throw ModelRefusal(.eperm, "group.c: vfio_df_group_open, no IOMMU")
      }
      opened[place] = ModelOpenDevice()
      return
    }
    let device = try bind(place, toIOMMUFD: index)
    do throws(ModelRefusal) {
      guard let ioas = iommufds[index]?.container else {
        throw ModelRefusal(.enodev, "iommufd.c: vfio_iommufd_compat_attach_ioas")
      }
      _ = try attach(place, to: ObjectID(ioas), of: index)
    } catch {
      iommufds[index]?.devices[device.object] = nil
      throw error
    }
    opened[place] = device
  }

  /// vfio_main.c: vfio_df_close.
  mutating func closeDevice(_ place: ModelDevicePlace) {
    guard let device = opened[place] else { return }
    guard device.count == 1 else {
      opened[place]?.count -= 1
      return
    }
    opened[place] = nil
    guard let index = device.iommufd else { return }
    iommufds[index]?.detach(place, processorPage: host.pageSize)
    iommufds[index]?.devices[device.object] = nil
    endIfUnused(iommufd: index)
  }

  /// An iommufd ends with its own file, the devices bound to it and the groups it stands in for: iommufd/main.c: iommufd_ctx_put.
  mutating func endIfUnused(iommufd index: Int) {
    guard let iommufd = iommufds[index], !iommufd.isOpen, iommufd.devices.isEmpty,
      !groups.contains(where: { $0.iommufd == index })
    else { return }
    iommufds[index] = nil
  }
}
