/// What kernels say to requests whose structure is wrong: Linux 6.12.
extension Request {
  /// iommufd/main.c: iommufd_fops_ioctl and the flags of each request; nil where the kernel does not mind.
  func iommufdRefusal(of malformation: Malformation) -> ModelRefusal? {
    switch malformation {
    case .size(let size):
      guard let minimum = iommufdMinimum, size < minimum else { return nil }
      return ModelRefusal(.einval, "iommufd/main.c: iommufd_fops_ioctl, size")
    case .flags(let flags):
      guard flags & ~iommufdFlags != 0 else { return nil }
      // Those of a container are refused as a container does.
      let errno = [Call.iommuMapDMA, .iommuUnmapDMA].contains(call) ? ErrorNumber.einval : .eopnotsupp
      return ModelRefusal(errno, "iommufd: the flags of \(call.rawValue)")
    case .emptyRange, .operation: return nil
    }
  }

  /// The bytes a structure must have: iommufd/main.c: iommufd_ioctl_ops; nil for what has none.
  private var iommufdMinimum: UInt32? {
    switch call {
    case .iommuDestroy: 8
    case .ioasAlloc, .iommuVFIOIOAS: 12
    case .hwptSetDirtyTracking: 16
    case .ioasAllowIOVAs, .ioasUnmap, .iommuOption, .hwptAlloc: 24
    case .ioasIOVARanges, .iommuGetHWInfo: 32
    case .ioasCopy, .ioasMap: 40
    case .hwptGetDirtyBitmap: 48
    // What a container's requests must have: iommufd/vfio_compat.c.
    case .iommuGetInfo: 16
    case .iommuUnmapDMA: 24
    case .iommuMapDMA: 32
    default: nil
    }
  }

  /// The flags a structure can have; all where it has none to be looked at.
  private var iommufdFlags: UInt32 {
    switch call {
    case .ioasAlloc, .iommuGetHWInfo: 0
    case .ioasMap, .ioasCopy: 7
    case .hwptAlloc, .iommuMapDMA: 3
    case .iommuUnmapDMA: 2
    case .hwptSetDirtyTracking, .hwptGetDirtyBitmap: 1
    default: UInt32.max
    }
  }

  /// What a device says, whose structures differ in length and whose flags are looked at where it takes some.
  func deviceRefusal(of malformation: Malformation) -> ModelRefusal? {
    switch malformation {
    case .size(let size):
      guard let minimum = deviceMinimum, size < minimum else { return nil }
      return ModelRefusal(.einval, "vfio: argsz of \(call.rawValue)")
    case .flags(let flags):
      let isRefused = flags & ~deviceFlags != 0
      return isRefused ? ModelRefusal(.einval, "vfio: the flags of \(call.rawValue)") : nil
    case .emptyRange, .operation: return nil
    }
  }

  private var deviceMinimum: UInt32? {
    switch call {
    case .deviceFeature, .deviceDetachIOMMUFDPT: 8
    case .deviceGetPCIHotResetInfo, .devicePCIHotReset, .deviceAttachIOMMUFDPT: 12
    // Up to num_irqs, and to what a bind answers.
    case .deviceGetInfo, .deviceGetIRQInfo, .deviceBindIOMMUFD: 16
    case .deviceSetIRQs: 20
    case .deviceGetRegionInfo: 32
    default: nil
    }
  }

  private var deviceFlags: UInt32 {
    switch call {
    case .devicePCIHotReset, .deviceBindIOMMUFD, .deviceAttachIOMMUFDPT, .deviceDetachIOMMUFDPT: 0
    // The bits of data and action, and of a feature with what is done with it.
    case .deviceSetIRQs: 0x3f
    case .deviceFeature: 0x7_ffff
    default: UInt32.max
    }
  }
}
