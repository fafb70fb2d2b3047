public import VFIOTypes

/// One thing asked of an open file, with its typed values: a case for each ioctl.
///
/// Names are those of `linux/vfio.h` and `linux/iommufd.h`. No numbers: they differ between architectures, and one number means
/// different things to different files.
///
/// Memory is named by addresses of the process that owns it (`DMAMapping.address`), open files by the numbers of the kernel that
/// opened them, objects of an iommufd by its own: a request makes sense to the kernel its values came from and to no other.
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
  /// `VFIO_IOMMU_MAP_DMA`, of Type1 and of sPAPR.
  case iommuMapDMA(DMAMapping)
  /// `VFIO_IOMMU_UNMAP_DMA` of the maps in a range, answered by `unmapped`; sPAPR does not say how much and answers the size asked.
  case iommuUnmapDMA(IOVARange)
  /// `VFIO_IOMMU_UNMAP_DMA` with `VFIO_DMA_UNMAP_FLAG_ALL`, answered by `unmapped`.
  case iommuUnmapAll
  /// `VFIO_IOMMU_DIRTY_PAGES`; a bitmap is answered by `dirtyBitmap`.
  case iommuDirtyPages(DirtyPages)

  // Containers of sPAPR.

  /// `VFIO_IOMMU_SPAPR_TCE_GET_INFO` with room for that many bytes, 16 without dynamic windows and 32 with, answered by `spaprTCEInfo`.
  case iommuSPAPRTCEGetInfo(capacity: UInt32)
  /// `VFIO_IOMMU_ENABLE`, of v1: charges the whole default window to the process.
  case iommuEnable
  /// `VFIO_IOMMU_DISABLE`, of v1.
  case iommuDisable
  /// `VFIO_IOMMU_SPAPR_REGISTER_MEMORY`, of v2: pins memory and charges it to the process, before it can be mapped.
  case iommuSPAPRRegisterMemory(MemoryRange)
  /// `VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY`, of v2: exactly a range that was registered, with nothing of it mapped.
  case iommuSPAPRUnregisterMemory(MemoryRange)
  /// `VFIO_IOMMU_SPAPR_TCE_CREATE`, of v2, answered by `window`.
  case iommuSPAPRTCECreate(TCEWindow)
  /// `VFIO_IOMMU_SPAPR_TCE_REMOVE`, of v2: the window a bus address lies in.
  case iommuSPAPRTCERemove(start: UInt64)
  /// `VFIO_EEH_PE_OP`; `getState` is answered by `eehState`.
  case eehPEOp(EEHOperation)

  // Groups.

  /// `VFIO_GROUP_GET_STATUS`, answered by `groupStatus`.
  case groupGetStatus
  /// `VFIO_GROUP_SET_CONTAINER`: a container, or an iommufd that stands in for one.
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
  /// `VFIO_DEVICE_SET_IRQS`.
  case deviceSetIRQs(IRQSet)
  /// `VFIO_DEVICE_RESET`.
  case deviceReset
  /// `VFIO_DEVICE_GET_PCI_HOT_RESET_INFO` with room for that many functions, answered by `hotResetInfo`.
  case deviceGetPCIHotResetInfo(capacity: UInt32)
  /// `VFIO_DEVICE_PCI_HOT_RESET` with the groups that are reset along; none for a device bound to an iommufd.
  case devicePCIHotReset(groups: [DescriptorNumber])
  /// `VFIO_DEVICE_FEATURE`; what reads is answered by `value`.
  case deviceFeature(FeatureOperation)
  /// `VFIO_DEVICE_BIND_IOMMUFD` of an opened device node, answered by `object`.
  case deviceBindIOMMUFD(DescriptorNumber)
  /// `VFIO_DEVICE_ATTACH_IOMMUFD_PT` to an IOAS or a page table, answered by `object`: the page table that is used.
  case deviceAttachIOMMUFDPT(ObjectID)
  /// `VFIO_DEVICE_DETACH_IOMMUFD_PT`.
  case deviceDetachIOMMUFDPT
  /// `pread` of a device: bytes from an offset that lies in one of its regions, answered by `bytes`.
  case read(offset: UInt64, count: Int)
  /// `pwrite` of a device.
  case write(offset: UInt64, bytes: [UInt8])

  // iommufd.

  /// `IOMMU_DESTROY` of any object.
  case iommuDestroy(ObjectID)
  /// `IOMMU_IOAS_ALLOC`, answered by `object`.
  case ioasAlloc
  /// `IOMMU_IOAS_ALLOW_IOVAS`: the bus addresses that are going to be used; devices that cannot have them cannot attach.
  case ioasAllowIOVAs(ObjectID, [IOVARange])
  /// `IOMMU_IOAS_COPY`.
  indirect case ioasCopy(IOASCopy)
  /// `IOMMU_IOAS_IOVA_RANGES` with room for that many ranges, answered by `ioasRanges`.
  case ioasIOVARanges(ObjectID, capacity: UInt32)
  /// `IOMMU_IOAS_MAP` with `IOMMU_IOAS_MAP_FIXED_IOVA`.
  case ioasMap(ObjectID, DMAMapping)
  /// `IOMMU_IOAS_MAP` where the kernel chooses the bus address, answered by `iova`.
  case ioasMapAnywhere(ObjectID, MemoryRange, DMAMapping.Access)
  /// `IOMMU_IOAS_UNMAP` of the maps in a range, answered by `unmapped`.
  case ioasUnmap(ObjectID, IOVARange)
  /// `IOMMU_IOAS_UNMAP` of everything, answered by `unmapped`.
  case ioasUnmapAll(ObjectID)
  /// `IOMMU_OPTION` read, answered by `value`.
  case iommuOptionGet(IOMMUFDOption, ObjectID)
  /// `IOMMU_OPTION` set.
  case iommuOptionSet(IOMMUFDOption, ObjectID, UInt64)
  /// `IOMMU_VFIO_IOAS`.
  case iommuVFIOIOAS(VFIOIOAS)
  /// `IOMMU_HWPT_ALLOC`, answered by `object`.
  case hwptAlloc(HWPTAllocation)
  /// `IOMMU_GET_HW_INFO` of a bound device with room for that many bytes, answered by `hardware`.
  case iommuGetHWInfo(ObjectID, capacity: UInt32)
  /// `IOMMU_HWPT_SET_DIRTY_TRACKING`: 1 notes writes from here on, 0 no more.
  case hwptSetDirtyTracking(ObjectID, isEnabled: Bool)
  /// `IOMMU_HWPT_GET_DIRTY_BITMAP`, answered by `dirtyBitmap`.
  case hwptGetDirtyBitmap(ObjectID, DirtyQuery)

  // Counters.

  /// `poll` and `read` of an eventfd: waits that long, 0 for not at all, and takes what was counted, answered by `value`: 0 where
  /// nothing came.
  case eventfdRead(milliseconds: UInt32)
  /// `write` to an eventfd: adds to what was counted.
  case eventfdWrite(UInt64)

  /// A request whose structure is wrong, which every kernel refuses: to prove that one does.
  indirect case malformed(Request, Malformation)
}

/// What is wrong with the structure of a request.
public enum Malformation: Hashable, Sendable {
  /// `argsz` or `size` says that.
  case size(UInt32)
  /// These bits are in `flags` beside those of the request.
  case flags(UInt32)
  /// The size of the range is 0: of an unmap, which `IOVARange` cannot say.
  case emptyRange
  /// The operation has that number: of EEH, and the model of `VFIO_SET_IOMMU`.
  case operation(UInt32)
}

/// What `VFIO_CHECK_EXTENSION` can be asked for.
public enum Extension: Hashable, Sendable {
  /// A model that `VFIO_SET_IOMMU` would take.
  case model(IOMMUModel)
  /// `VFIO_DMA_CC_IOMMU`: DMA is coherent with the processors' caches, whatever a device asks for.
  case cacheCoherency
  /// `VFIO_EEH`: errors of a PE can be handled.
  case eeh
  /// `VFIO_UNMAP_ALL`: one request unmaps everything.
  case unmapAll
}
