/// A call into the kernel, by the name the manual has for it.
public enum Call: String, Hashable, Sendable, CaseIterable {
  /// Opening a node.
  case open
  /// Closing a descriptor.
  case close
  /// Taking memory.
  case mmap
  /// Giving memory back.
  case munmap
  /// Reading from a device.
  case pread
  /// Writing to a device.
  case pwrite
  /// The version of the interface.
  case getAPIVersion = "VFIO_GET_API_VERSION"
  /// Whether something is supported.
  case checkExtension = "VFIO_CHECK_EXTENSION"
  /// The choice of the IOMMU model.
  case setIOMMU = "VFIO_SET_IOMMU"
  /// What a container offers.
  case iommuGetInfo = "VFIO_IOMMU_GET_INFO"
  /// Mapping memory.
  case iommuMapDMA = "VFIO_IOMMU_MAP_DMA"
  /// Unmapping memory.
  case iommuUnmapDMA = "VFIO_IOMMU_UNMAP_DMA"
  /// The state of a group.
  case groupGetStatus = "VFIO_GROUP_GET_STATUS"
  /// Attaching a group.
  case groupSetContainer = "VFIO_GROUP_SET_CONTAINER"
  /// Detaching a group.
  case groupUnsetContainer = "VFIO_GROUP_UNSET_CONTAINER"
  /// Opening a device of a group.
  case groupGetDeviceFD = "VFIO_GROUP_GET_DEVICE_FD"
  /// What a device is.
  case deviceGetInfo = "VFIO_DEVICE_GET_INFO"
  /// One region of a device.
  case deviceGetRegionInfo = "VFIO_DEVICE_GET_REGION_INFO"
  /// One kind of interrupt of a device.
  case deviceGetIRQInfo = "VFIO_DEVICE_GET_IRQ_INFO"
  /// Resetting a device.
  case deviceReset = "VFIO_DEVICE_RESET"
}

extension Request {
  /// The call that carries it out.
  public var call: Call {
    switch self {
    case .getAPIVersion: .getAPIVersion
    case .checkExtension: .checkExtension
    case .setIOMMU: .setIOMMU
    case .iommuGetInfo: .iommuGetInfo
    case .iommuMapDMA: .iommuMapDMA
    case .iommuUnmapDMA, .iommuUnmapAll: .iommuUnmapDMA
    case .groupGetStatus: .groupGetStatus
    case .groupSetContainer: .groupSetContainer
    case .groupUnsetContainer: .groupUnsetContainer
    case .groupGetDeviceFD: .groupGetDeviceFD
    case .deviceGetInfo: .deviceGetInfo
    case .deviceGetRegionInfo: .deviceGetRegionInfo
    case .deviceGetIRQInfo: .deviceGetIRQInfo
    case .deviceReset: .deviceReset
    case .read: .pread
    case .write: .pwrite
    }
  }
}
