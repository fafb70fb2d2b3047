public import VFIOTypes

/// A machine as its kernel sees it at the start: groups with their devices, and the limits that VFIO keeps.
public struct ModelHost: Hashable, Sendable {
  /// Its IOMMU groups.
  public var groups: [ModelGroup]
  /// Whether the module `vfio` is loaded.
  public var hasVFIO: Bool
  /// Whether the module `vfio_iommu_type1` is loaded.
  public var hasType1: Bool
  /// Whether the module `vfio_iommu_spapr_tce` is loaded.
  public var hasSPAPR: Bool
  /// What a POWER machine does about PEs whose devices err.
  public var eeh: ModelEEH
  /// `allow_unsafe_interrupts` of the module `vfio_iommu_type1`.
  public var allowsUnsafeInterrupts: Bool
  /// Whether the module `iommufd` is loaded, and devices have nodes of their own.
  public var hasIOMMUFD: Bool
  /// `allow_unsafe_interrupts` of the module `iommufd`.
  public var iommufdAllowsUnsafeInterrupts: Bool
  /// Whether VFIO was built to do without an IOMMU: `CONFIG_VFIO_NOIOMMU`.
  public var isBuiltWithNoIOMMU: Bool
  /// `enable_unsafe_noiommu_mode` of the module `vfio`.
  public var enablesNoIOMMU: Bool
  /// Whether the process has `CAP_SYS_RAWIO` and `CAP_SYS_RESOURCE`.
  public var isPrivileged: Bool
  /// `dma_entry_limit` of `vfio_iommu_type1`: mappings a container takes.
  public var mappingLimit: UInt32
  /// `RLIMIT_MEMLOCK` of the process in bytes; nil is no limit, or `CAP_IPC_LOCK`.
  public var lockedMemoryLimit: UInt64?
  /// Bytes of a page of the processor.
  public var pageSize: UInt64
  /// How many huge pages it has free, by their size in bytes.
  public var hugePages: [UInt64: UInt64]

  /// A machine with these groups, everything loaded and no limit of locked memory.
  ///
  /// - Parameter groups: its groups.
  public init(groups: [ModelGroup] = []) {
    self.groups = groups
    self.hasVFIO = true
    self.hasType1 = true
    self.hasSPAPR = false
    self.eeh = .off
    self.allowsUnsafeInterrupts = false
    self.hasIOMMUFD = false
    self.iommufdAllowsUnsafeInterrupts = false
    self.isBuiltWithNoIOMMU = false
    self.enablesNoIOMMU = false
    self.isPrivileged = true
    self.mappingLimit = 65535
    self.lockedMemoryLimit = nil
    self.pageSize = 4096
    self.hugePages = [:]
  }
}

/// An IOMMU group of a model machine.
public struct ModelGroup: Hashable, Sendable {
  /// Its number.
  public var id: IOMMUGroupID
  /// All members.
  public var devices: [ModelDevice]
  /// What its IOMMU can translate.
  public var aperture: [IOVARange]
  /// The page sizes of its IOMMU.
  public var pageSizes: PageSizes
  /// Regions of the types `direct`, `reserved` and `msi` of its `reserved_regions`; `direct-relaxable` is none of them.
  public var reserved: [IOVARange]
  /// Whether firmware demands an identity map for a member: a region of the type `direct`.
  public var requiresIdentityMap: Bool
  /// Whether its interrupts are remapped.
  public var remapsInterrupts: Bool
  /// Whether another process has it open.
  public var isHeld: Bool
  /// What it offers as a PE of a POWER host; nil of a group without TCE tables.
  public var pe: ModelPE?
  /// What `IOMMU_GET_HW_INFO` says of its IOMMU.
  public var hardware: IOMMUHardware
  /// Whether its IOMMU's driver makes page tables whole; virtio-iommu's finishes one with its first device.
  public var makesWholeTables: Bool
  /// What page tables of its IOMMU can be made to do; no emulated one offers anything.
  public var offers: HWPTAllocation.Flags
  /// Whether its IOMMU has the tables that an iommufd fills: Intel's has not with first-stage tables alone.
  public var hasSecondStage: Bool
  /// Whether no IOMMU stands behind it: `/dev/vfio/noiommu-<number>`.
  public var isNoIOMMU: Bool

  /// A group behind Intel VT-d of 48 bits as QEMU 10 emulates it, with its interrupts remapped.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - devices: all members.
  public init(_ id: IOMMUGroupID, devices: [ModelDevice]) {
    self.id = id
    self.devices = devices
    self.aperture = [IOVARange(start: 0, last: 0xffff_ffff_ffff)]
    self.pageSizes = PageSizes(mask: 0x4020_1000)
    self.reserved = [IOVARange(start: 0xfee0_0000, last: 0xfeef_ffff)]
    self.requiresIdentityMap = false
    self.remapsInterrupts = true
    self.isHeld = false
    self.pe = nil
    self.hardware = IOMMUHardware(
      dataType: 1,
      data: [UInt8](repeating: 0, count: 24),
      size: 24,
      pasidBits: 0,
      capabilities: []
    )
    self.makesWholeTables = true
    self.offers = []
    self.hasSecondStage = true
    self.isNoIOMMU = false
  }
}

/// A PCI function of a model machine.
public struct ModelDevice: Hashable, Sendable {
  /// In whose hands it is.
  public enum Driver: Hashable, Sendable {
    /// No driver.
    case none
    /// A VFIO driver.
    case vfio
    /// A driver that does no DMA of its own: `pcieport`, `pci-stub`.
    case passive
    /// Any other host driver.
    case native
  }

  /// What comes of a reset of a bus.
  public enum BusReset: Hashable, Sendable {
    /// None can be done: it is a root bus.
    case none
    /// All on it are reset.
    case works
    /// All on it are reset, and the link does not say that it is up again, as behind QEMU's root ports.
    case linkStaysDown
  }

  /// Its address.
  public var address: PCIAddress
  /// In whose hands it is.
  public var driver: Driver
  /// Whether it is PCI Express: 4096 bytes of configuration space, an error interrupt.
  public var isExpress: Bool
  /// Whether it can be reset alone.
  public var canReset: Bool
  /// Bytes of its six BARs, 0 for one that is not there.
  public var bars: [UInt64]
  /// Vectors of INTx, MSI and MSI-X.
  public var vectors: [UInt32]
  /// The token it must be opened with, for a VF whose PF is bound to vfio-pci too.
  public var vfToken: String?
  /// The beginning of its configuration space.
  public var configuration: [UInt8]
  /// The number of its own node, `/dev/vfio/devices/vfio<number>`, where the kernel has iommufd.
  public var node: UInt32?
  /// What comes of a reset of its bus, with all that is on it.
  public var busReset: BusReset
  /// Whether it can have VFs, which need a token once it is bound to vfio-pci.
  public var isPhysicalFunction: Bool

  /// A PCI Express function with a BAR of 128 KiB and five MSI-X vectors, which can be reset.
  ///
  /// - Parameters:
  ///   - address: its address.
  ///   - driver: in whose hands it is.
  public init(_ address: PCIAddress, driver: Driver = .vfio) {
    self.address = address
    self.driver = driver
    self.isExpress = true
    self.canReset = true
    self.bars = [0x2_0000, 0, 0, 0, 0, 0]
    self.vectors = [1, 1, 5]
    self.vfToken = nil
    self.configuration = [0x86, 0x80, 0xd3, 0x10]
    self.node = nil
    self.busReset = .works
    self.isPhysicalFunction = false
  }
}
