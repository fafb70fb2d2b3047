public import VFIOTypes

/// One thing asked of a container, a group or a device, with its typed values: a case for each ioctl.
///
/// Names are those of `linux/vfio.h`. No numbers: they differ between architectures, and one number means different things to
/// different files.
public enum Request: Hashable, Sendable {
  // Containers.

  /// `VFIO_GET_API_VERSION`, answered by `version`.
  case getAPIVersion
  /// `VFIO_CHECK_EXTENSION`, answered by `support`.
  case checkExtension(Extension)
  /// `VFIO_SET_IOMMU`, after the first group is attached, once.
  case setIOMMU(IOMMUModel)
  /// `VFIO_IOMMU_GET_INFO` with room for that many bytes, answered by `iommuInfo`.
  case iommuGetInfo(capacity: UInt32)
  /// `VFIO_IOMMU_MAP_DMA`.
  case iommuMapDMA(DMAMapping)
  /// `VFIO_IOMMU_UNMAP_DMA` of the maps in a range, answered by `unmapped`.
  case iommuUnmapDMA(IOVARange)
  /// `VFIO_IOMMU_UNMAP_DMA` with `VFIO_DMA_UNMAP_FLAG_ALL`, answered by `unmapped`.
  case iommuUnmapAll

  // Groups.

  /// `VFIO_GROUP_GET_STATUS`, answered by `groupStatus`.
  case groupGetStatus
  /// `VFIO_GROUP_SET_CONTAINER`.
  case groupSetContainer(DescriptorNumber)
  /// `VFIO_GROUP_UNSET_CONTAINER`.
  case groupUnsetContainer
  /// `VFIO_GROUP_GET_DEVICE_FD`, with the VF token where the device needs one, answered by `descriptor`.
  case groupGetDeviceFD(PCIAddress, vfToken: String?)

  // Devices.

  /// `VFIO_DEVICE_GET_INFO`, answered by `deviceInfo`.
  case deviceGetInfo
  /// `VFIO_DEVICE_GET_REGION_INFO` with room for that many bytes, answered by `regionInfo`.
  case deviceGetRegionInfo(index: UInt32, capacity: UInt32)
  /// `VFIO_DEVICE_GET_IRQ_INFO`, answered by `irqInfo`.
  case deviceGetIRQInfo(index: UInt32)
  /// `VFIO_DEVICE_RESET`.
  case deviceReset
  /// `pread` of a device: bytes from an offset that lies in one of its regions, answered by `bytes`.
  case read(offset: UInt64, count: Int)
  /// `pwrite` of a device.
  case write(offset: UInt64, bytes: [UInt8])
}

/// What `VFIO_CHECK_EXTENSION` can be asked for.
public enum Extension: Hashable, Sendable {
  /// A model that `VFIO_SET_IOMMU` would take.
  case model(IOMMUModel)
  /// `VFIO_DMA_CC_IOMMU`: DMA is coherent with the processors' caches, whatever a device asks for.
  case cacheCoherency
  /// `VFIO_UNMAP_ALL`: one request unmaps everything.
  case unmapAll
}

/// Memory of this process let into the bus address space of a container.
public struct DMAMapping: Hashable, Sendable {
  /// What devices may do with it.
  public struct Access: OptionSet, Hashable, Sendable {
    /// The bits of `VFIO_DMA_MAP_FLAG_*`.
    public let rawValue: UInt32

    /// A set of those bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Devices may read: `VFIO_DMA_MAP_FLAG_READ`.
    public static let read = Access(rawValue: 1)
    /// Devices may write: `VFIO_DMA_MAP_FLAG_WRITE`.
    public static let write = Access(rawValue: 2)
  }

  /// The first bus address.
  public var iova: UInt64
  /// Bytes.
  public var size: UInt64
  /// Where the memory starts in this process.
  public var address: UInt64
  /// What devices may do with it.
  public var access: Access

  /// A mapping of those values.
  ///
  /// - Parameters:
  ///   - iova: the first bus address.
  ///   - size: bytes.
  ///   - address: where the memory starts in this process.
  ///   - access: what devices may do with it.
  public init(iova: UInt64, size: UInt64, address: UInt64, access: Access = [.read, .write]) {
    self.iova = iova
    self.size = size
    self.address = address
    self.access = access
  }
}
