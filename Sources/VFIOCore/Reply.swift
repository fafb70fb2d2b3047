public import VFIOTypes

/// What a kernel answers to a request that succeeded.
public enum Reply: Hashable, Sendable {
  /// Nothing but success.
  case done
  /// To `getAPIVersion`: 0 is the only version there ever was.
  case version(Int32)
  /// To `checkExtension`: 0 is no, anything above is yes.
  case support(Int32)
  /// To `groupGetStatus`.
  case groupStatus(GroupStatus)
  /// To `groupGetDeviceFD`: the caller owns it.
  case descriptor(DescriptorNumber)
  /// To `iommuGetInfo`.
  case iommuInfo(IOMMUInfo)
  /// To `iommuSPAPRTCEGetInfo`.
  case spaprTCEInfo(SPAPRTCEInfo)
  /// To `iommuSPAPRTCECreate`: the first bus address of the window, which the kernel chooses.
  case window(start: UInt64)
  /// To `eehPEOp(.getState)`.
  case eehState(EEHState)
  /// To a query of dirty pages: a bit for each page from the start of the range, the lowest of a word first.
  case dirtyBitmap([UInt64])
  /// To an unmap: the bytes that were unmapped.
  case unmapped(UInt64)
  /// To `deviceGetInfo`.
  case deviceInfo(DeviceInfo)
  /// To `deviceGetRegionInfo`.
  case regionInfo(RegionInfo)
  /// To `deviceGetIRQInfo`.
  case irqInfo(IRQInfo)
  /// To `deviceGetPCIHotResetInfo`.
  case hotResetInfo(HotResetInfo)
  /// To what makes or names an object of an iommufd.
  case object(ObjectID)
  /// To `ioasIOVARanges`.
  case ioasRanges(IOASRanges)
  /// To `ioasMapAnywhere`: the first bus address.
  case iova(UInt64)
  /// To `iommuGetHWInfo`.
  case hardware(IOMMUHardware)
  /// To what reads a number: an option, a feature, a counter.
  case value(UInt64)
  /// To `read`: as many as were asked for.
  case bytes([UInt8])
}

/// `struct vfio_group_status`.
public struct GroupStatus: OptionSet, Hashable, Sendable {
  /// The bits of `VFIO_GROUP_FLAGS_*`.
  public let rawValue: UInt32

  /// A set of those bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// No member is in the hands of a host driver.
  public static let viable = GroupStatus(rawValue: 1)
  /// It is attached to a container.
  public static let containerSet = GroupStatus(rawValue: 2)
}

/// `struct vfio_iommu_type1_info` as the kernel filled it.
public struct IOMMUInfo: Hashable, Sendable {
  /// Bytes the whole answer takes: more than the capacity that was asked with when capabilities did not fit.
  public var size: UInt32
  /// The page sizes, where bit 0 of the flags says that they were told.
  public var pageSizes: PageSizes
  /// The capabilities that fitted.
  public var capabilities: CapabilityChain

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - size: bytes the whole answer takes.
  ///   - pageSizes: the page sizes.
  ///   - capabilities: the capabilities that fitted.
  public init(size: UInt32, pageSizes: PageSizes, capabilities: CapabilityChain) {
    self.size = size
    self.pageSizes = pageSizes
    self.capabilities = capabilities
  }
}

/// `struct vfio_device_info`.
public struct DeviceInfo: Hashable, Sendable {
  /// What a device is and can.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits of `VFIO_DEVICE_FLAGS_*`.
    public let rawValue: UInt32

    /// A set of those bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `VFIO_DEVICE_RESET` works.
    public static let reset = Flags(rawValue: 1)
    /// It is a PCI function.
    public static let pci = Flags(rawValue: 2)
  }

  /// What it is and can.
  public var flags: Flags
  /// How many regions it has; 9 and those of its driver on PCI.
  public var regions: UInt32
  /// How many kinds of interrupts it has; 5 on PCI.
  public var irqs: UInt32

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - flags: what it is and can.
  ///   - regions: how many regions it has.
  ///   - irqs: how many kinds of interrupts it has.
  public init(flags: Flags, regions: UInt32, irqs: UInt32) {
    self.flags = flags
    self.regions = regions
    self.irqs = irqs
  }
}

/// `struct vfio_region_info`.
public struct RegionInfo: Hashable, Sendable {
  /// What can be done with a region.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits of `VFIO_REGION_INFO_FLAG_*`.
    public let rawValue: UInt32

    /// A set of those bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It can be read.
    public static let read = Flags(rawValue: 1)
    /// It can be written.
    public static let write = Flags(rawValue: 2)
    /// It can be mapped.
    public static let mmap = Flags(rawValue: 4)
  }

  /// Which region: 0 to 5 the BARs, 6 the ROM, 7 the configuration space, 8 VGA on PCI.
  public var index: UInt32
  /// What can be done with it.
  public var flags: Flags
  /// Bytes; 0 for a region that is not there.
  public var bytes: UInt64
  /// Where it lies in the device's file.
  public var offset: UInt64
  /// Bytes the whole answer takes.
  public var size: UInt32
  /// The capabilities that fitted.
  public var capabilities: CapabilityChain

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - index: which region.
  ///   - flags: what can be done with it.
  ///   - bytes: how long it is.
  ///   - offset: where it lies in the device's file.
  ///   - size: bytes the whole answer takes.
  ///   - capabilities: the capabilities that fitted.
  public init(
    index: UInt32,
    flags: Flags,
    bytes: UInt64,
    offset: UInt64,
    size: UInt32,
    capabilities: CapabilityChain
  ) {
    self.index = index
    self.flags = flags
    self.bytes = bytes
    self.offset = offset
    self.size = size
    self.capabilities = capabilities
  }
}

/// `struct vfio_irq_info`.
public struct IRQInfo: Hashable, Sendable {
  /// What can be done with a kind of interrupt.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits of `VFIO_IRQ_INFO_*`.
    public let rawValue: UInt32

    /// A set of those bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It can be delivered to an eventfd.
    public static let eventfd = Flags(rawValue: 1)
    /// It can be masked.
    public static let maskable = Flags(rawValue: 2)
    /// It masks itself when it fires.
    public static let automasked = Flags(rawValue: 4)
    /// The number in use cannot be changed without releasing all.
    public static let noResize = Flags(rawValue: 8)
  }

  /// Which kind: 0 INTx, 1 MSI, 2 MSI-X, 3 error, 4 release request on PCI.
  public var index: UInt32
  /// What can be done with it.
  public var flags: Flags
  /// How many vectors of it there are.
  public var count: UInt32

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - index: which kind.
  ///   - flags: what can be done with it.
  ///   - count: how many vectors of it there are.
  public init(index: UInt32, flags: Flags, count: UInt32) {
    self.index = index
    self.flags = flags
    self.count = count
  }
}
