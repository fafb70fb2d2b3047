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
  /// `dma_entry_limit` of that module: mappings a container takes.
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
  }
}
