public import VFIOTypes

/// The number an iommufd knows one of its objects by: an IOAS, a page table (HWPT) or a bound device, all from one row.
public struct ObjectID: Hashable, Sendable {
  /// The number; 0 is no object.
  public let number: UInt32

  /// The object of that number.
  public init(_ number: UInt32) { self.number = number }

  /// No object, where an option is of the whole iommufd.
  public static let none = ObjectID(0)
}

/// `struct iommu_ioas_copy`: mappings of one IOAS put into another, without pinning them again.
public struct IOASCopy: Hashable, Sendable {
  /// The IOAS to map in.
  public var destination: ObjectID
  /// The first bus address there.
  public var destinationIOVA: UInt64
  /// The IOAS that has the mappings.
  public var source: ObjectID
  /// The first bus address there.
  public var sourceIOVA: UInt64
  /// Bytes.
  public var size: UInt64
  /// What devices may do with it; no more than the source allows.
  public var access: DMAMapping.Access

  /// A copy of those values.
  ///
  /// - Parameters:
  ///   - source: the IOAS that has the mappings.
  ///   - sourceIOVA: the first bus address there.
  ///   - destination: the IOAS to map in.
  ///   - destinationIOVA: the first bus address there.
  ///   - size: bytes.
  ///   - access: what devices may do with it.
  public init(
    from source: ObjectID,
    at sourceIOVA: UInt64,
    to destination: ObjectID,
    at destinationIOVA: UInt64,
    size: UInt64,
    access: DMAMapping.Access = [.read, .write]
  ) {
    self.destination = destination
    self.destinationIOVA = destinationIOVA
    self.source = source
    self.sourceIOVA = sourceIOVA
    self.size = size
    self.access = access
  }
}

/// What `IOMMU_IOAS_IOVA_RANGES` answers.
public struct IOASRanges: Hashable, Sendable {
  /// How many ranges there are: more than were told where there was no room for all, which the kernel says with `EMSGSIZE`.
  public var count: UInt32
  /// The bus addresses that can be mapped, ascending; none where there was no room for all.
  public var ranges: [IOVARange]
  /// Bytes every mapping is a multiple of.
  public var alignment: UInt64

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - count: how many ranges there are.
  ///   - ranges: the ranges.
  ///   - alignment: bytes every mapping is a multiple of.
  public init(count: UInt32, ranges: [IOVARange], alignment: UInt64) {
    self.count = count
    self.ranges = ranges
    self.alignment = alignment
  }
}

/// The options of `IOMMU_OPTION`.
public enum IOMMUFDOption: UInt32, Hashable, Sendable, CaseIterable {
  /// `IOMMU_OPTION_RLIMIT_MODE` of the whole iommufd: 0 charges pinned pages to the user, 1 to the process as a container does.
  ///
  /// It needs `CAP_SYS_RESOURCE`, and no object may be there yet: Linux 6.12 drivers/iommu/iommufd/main.c: iommufd_option_rlimit_mode.
  case rlimitMode = 0
  /// `IOMMU_OPTION_HUGE_PAGES` of an IOAS: 0 splits every mapping into the smallest pages, 1 is the start.
  case hugePages = 1
}

/// The operations of `IOMMU_VFIO_IOAS`: the IOAS a container's requests go to when an iommufd stands in for a container.
public enum VFIOIOAS: Hashable, Sendable {
  /// Which it is, answered by `object`; `ENODEV` where there is none.
  case get
  /// Makes it that one.
  case set(ObjectID)
  /// Makes it none.
  case clear
}

/// `struct iommu_hwpt_alloc`: a page table to make.
public struct HWPTAllocation: Hashable, Sendable {
  /// What a page table is to do.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits of `IOMMU_HWPT_ALLOC_*`.
    public let rawValue: UInt32

    /// A set of those bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Guest page tables can be laid over it: `IOMMU_HWPT_ALLOC_NEST_PARENT`.
    public static let nestParent = Flags(rawValue: 1)
    /// It notes writes of devices: `IOMMU_HWPT_ALLOC_DIRTY_TRACKING`.
    public static let dirtyTracking = Flags(rawValue: 2)
  }

  /// The bound device it is for.
  public var device: ObjectID
  /// The IOAS whose mappings it has, or the page table it is laid over.
  public var parent: ObjectID
  /// What it is to do.
  public var flags: Flags
  /// What the data is: `enum iommu_hwpt_data_type`, 0 for none.
  public var dataType: UInt32
  /// The guest's page table, in the words of its IOMMU; empty for none.
  public var data: [UInt8]

  /// A page table of those values.
  ///
  /// - Parameters:
  ///   - device: the bound device it is for.
  ///   - parent: the IOAS whose mappings it has, or the page table it is laid over.
  ///   - flags: what it is to do.
  ///   - dataType: what the data is.
  ///   - data: the guest's page table.
  public init(
    device: ObjectID,
    parent: ObjectID,
    flags: Flags = [],
    dataType: UInt32 = 0,
    data: [UInt8] = []
  ) {
    self.device = device
    self.parent = parent
    self.flags = flags
    self.dataType = dataType
    self.data = data
  }
}

/// What `IOMMU_GET_HW_INFO` answers about the IOMMU a bound device is behind.
public struct IOMMUHardware: Hashable, Sendable {
  /// What it can.
  public struct Capabilities: OptionSet, Hashable, Sendable {
    /// The bits of `enum iommufd_hw_capabilities`.
    public let rawValue: UInt64

    /// A set of those bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Page tables can note writes: `IOMMU_HW_CAP_DIRTY_TRACKING`.
    public static let dirtyTracking = Capabilities(rawValue: 1)
  }

  /// What the data is: `enum iommu_hw_info_type`: 0 none, 1 Intel VT-d, 2 ARM SMMUv3.
  public var dataType: UInt32
  /// Registers of the IOMMU, as the kernel tells them; cut where there was no room.
  public var data: [UInt8]
  /// Bytes the kernel has of it.
  public var size: UInt32
  /// Bits of PASIDs the device has.
  public var pasidBits: UInt8
  /// What it can.
  public var capabilities: Capabilities

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - dataType: what the data is.
  ///   - data: registers of the IOMMU.
  ///   - size: bytes the kernel has of it.
  ///   - pasidBits: bits of PASIDs the device has.
  ///   - capabilities: what it can.
  public init(dataType: UInt32, data: [UInt8], size: UInt32, pasidBits: UInt8, capabilities: Capabilities) {
    self.dataType = dataType
    self.data = data
    self.size = size
    self.pasidBits = pasidBits
    self.capabilities = capabilities
  }
}
