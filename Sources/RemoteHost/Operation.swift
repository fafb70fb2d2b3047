/// What `vfio-agent` can be asked, by the number of its row in the table of `vfio-agent.c`.
///
/// Order and names are those of the table, which a test compares; rows are added at the end.
package enum Operation: UInt16, CaseIterable, Sendable {
  case hello, open, close
  case getAPIVersion, checkExtension, setIOMMU
  case iommuGetInfo, iommuMapDMA, iommuUnmapDMA, iommuDirtyPages, iommuDirtyBitmap
  case spaprTCEGetInfo, iommuEnable, iommuDisable
  case spaprRegisterMemory, spaprUnregisterMemory, spaprTCECreate, spaprTCERemove, eehPEOp
  case groupGetStatus, groupSetContainer, groupUnsetContainer, groupGetDeviceFD
  case deviceGetInfo, deviceGetRegionInfo, deviceGetIRQInfo, deviceSetIRQs, deviceSetIRQEvents, deviceReset
  case deviceGetHotResetInfo, deviceHotReset, deviceFeature
  case deviceBindIOMMUFD, deviceAttachIOMMUFDPT, deviceDetachIOMMUFDPT, deviceRead, deviceWrite
  case iommuDestroy, ioasAlloc, ioasAllowIOVAs, ioasCopy, ioasIOVARanges, ioasMap, ioasUnmap
  case iommuOption, iommuVFIOIOAS, hwptAlloc, iommuGetHWInfo, hwptSetDirtyTracking, hwptGetDirtyBitmap
  case eventRead, eventWrite
  case memoryAllocate, memoryRelease, memoryProtect, memoryRead, memoryFill
  case fileRead, fileNames, fileLink, fileResolve, fileStatus, attributeWrite
  case ownCreateFolder, ownCreate, ownAppend, ownSync, ownRename, ownRemove, ownLock
  case holders, login
}
