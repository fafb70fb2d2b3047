/// A call into the kernel, by the name the manual has for it.
public enum Call: String, Hashable, Sendable, CaseIterable {
  /// Opening a node.
  case open
  /// Closing a descriptor.
  case close
  /// Making a counter.
  case eventfd
  /// Taking memory.
  case mmap
  /// Giving memory back.
  case munmap
  /// Reading memory.
  case readMemory = "reading memory"
  /// Filling memory.
  case fillMemory = "filling memory"
  /// The limit of locked memory.
  case getrlimit
  /// Reading from a device.
  case pread
  /// Writing to a device.
  case pwrite
  /// Waiting for a counter and reading it.
  case read
  /// Adding to a counter.
  case write
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
  /// The log of the pages devices wrote to.
  case iommuDirtyPages = "VFIO_IOMMU_DIRTY_PAGES"
  /// What windows there are and may be.
  case iommuSPAPRTCEGetInfo = "VFIO_IOMMU_SPAPR_TCE_GET_INFO"
  /// Switching sPAPR v1 on.
  case iommuEnable = "VFIO_IOMMU_ENABLE"
  /// Switching sPAPR v1 off.
  case iommuDisable = "VFIO_IOMMU_DISABLE"
  /// Registering memory.
  case iommuSPAPRRegisterMemory = "VFIO_IOMMU_SPAPR_REGISTER_MEMORY"
  /// Unregistering memory.
  case iommuSPAPRUnregisterMemory = "VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY"
  /// Making a window.
  case iommuSPAPRTCECreate = "VFIO_IOMMU_SPAPR_TCE_CREATE"
  /// Removing a window.
  case iommuSPAPRTCERemove = "VFIO_IOMMU_SPAPR_TCE_REMOVE"
  /// Handling errors of a PE.
  case eehPEOp = "VFIO_EEH_PE_OP"
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
  /// Setting interrupts up.
  case deviceSetIRQs = "VFIO_DEVICE_SET_IRQS"
  /// Which functions a hot reset would reset.
  case deviceGetPCIHotResetInfo = "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO"
  /// Resetting a device and its neighbours.
  case devicePCIHotReset = "VFIO_DEVICE_PCI_HOT_RESET"
  /// A feature of a device.
  case deviceFeature = "VFIO_DEVICE_FEATURE"
  /// Binding a device to an iommufd.
  case deviceBindIOMMUFD = "VFIO_DEVICE_BIND_IOMMUFD"
  /// Attaching a device to an IOAS or a page table.
  case deviceAttachIOMMUFDPT = "VFIO_DEVICE_ATTACH_IOMMUFD_PT"
  /// Detaching a device.
  case deviceDetachIOMMUFDPT = "VFIO_DEVICE_DETACH_IOMMUFD_PT"
  /// Ending an object of an iommufd.
  case iommuDestroy = "IOMMU_DESTROY"
  /// Making an IOAS.
  case ioasAlloc = "IOMMU_IOAS_ALLOC"
  /// Saying which bus addresses are going to be used.
  case ioasAllowIOVAs = "IOMMU_IOAS_ALLOW_IOVAS"
  /// Copying mappings between IOASes.
  case ioasCopy = "IOMMU_IOAS_COPY"
  /// Which bus addresses can be mapped.
  case ioasIOVARanges = "IOMMU_IOAS_IOVA_RANGES"
  /// Mapping memory in an IOAS.
  case ioasMap = "IOMMU_IOAS_MAP"
  /// Unmapping memory of an IOAS.
  case ioasUnmap = "IOMMU_IOAS_UNMAP"
  /// An option of an iommufd.
  case iommuOption = "IOMMU_OPTION"
  /// The IOAS that stands in for a container.
  case iommuVFIOIOAS = "IOMMU_VFIO_IOAS"
  /// Making a page table.
  case hwptAlloc = "IOMMU_HWPT_ALLOC"
  /// What an IOMMU is.
  case iommuGetHWInfo = "IOMMU_GET_HW_INFO"
  /// Switching the log of a page table.
  case hwptSetDirtyTracking = "IOMMU_HWPT_SET_DIRTY_TRACKING"
  /// Reading the log of a page table.
  case hwptGetDirtyBitmap = "IOMMU_HWPT_GET_DIRTY_BITMAP"
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
    case .iommuDirtyPages: .iommuDirtyPages
    case .iommuSPAPRTCEGetInfo: .iommuSPAPRTCEGetInfo
    case .iommuEnable: .iommuEnable
    case .iommuDisable: .iommuDisable
    case .iommuSPAPRRegisterMemory: .iommuSPAPRRegisterMemory
    case .iommuSPAPRUnregisterMemory: .iommuSPAPRUnregisterMemory
    case .iommuSPAPRTCECreate: .iommuSPAPRTCECreate
    case .iommuSPAPRTCERemove: .iommuSPAPRTCERemove
    case .eehPEOp: .eehPEOp
    case .deviceSetIRQs: .deviceSetIRQs
    case .deviceGetPCIHotResetInfo: .deviceGetPCIHotResetInfo
    case .devicePCIHotReset: .devicePCIHotReset
    case .deviceFeature: .deviceFeature
    case .deviceBindIOMMUFD: .deviceBindIOMMUFD
    case .deviceAttachIOMMUFDPT: .deviceAttachIOMMUFDPT
    case .deviceDetachIOMMUFDPT: .deviceDetachIOMMUFDPT
    case .iommuDestroy: .iommuDestroy
    case .ioasAlloc: .ioasAlloc
    case .ioasAllowIOVAs: .ioasAllowIOVAs
    case .ioasCopy: .ioasCopy
    case .ioasIOVARanges: .ioasIOVARanges
    case .iommuVFIOIOAS: .iommuVFIOIOAS
    case .hwptAlloc: .hwptAlloc
    case .iommuGetHWInfo: .iommuGetHWInfo
    case .hwptSetDirtyTracking: .hwptSetDirtyTracking
    case .hwptGetDirtyBitmap: .hwptGetDirtyBitmap
    case .ioasMap, .ioasMapAnywhere: .ioasMap
    case .ioasUnmap, .ioasUnmapAll: .ioasUnmap
    case .iommuOptionGet, .iommuOptionSet: .iommuOption
    case .eventfdRead: .read
    case .eventfdWrite: .write
    case .malformed(let request, _): request.call
    case .read: .pread
    case .write: .pwrite
    }
  }
}
