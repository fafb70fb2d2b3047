public import VFIOTypes

/// `struct vfio_iommu_spapr_tce_info`: the windows a PE has and may have.
public struct SPAPRTCEInfo: Hashable, Sendable {
  /// The first bus address of the default window.
  public var windowStart: UInt32
  /// Bytes of the default window; 0 of a PE without.
  public var windowSize: UInt32
  /// What dynamic windows there may be: model v2 alone; nil where the kernel does not say.
  public var dynamicWindows: DynamicWindows?

  /// `struct vfio_iommu_spapr_tce_ddw_info`.
  public struct DynamicWindows: Hashable, Sendable {
    /// The page sizes a window may have.
    public var pageSizes: PageSizes
    /// How many windows there may be at one time, the default window counted.
    ///
    /// A pseries host without DDW says 0xffffffff here and 0 levels, and takes neither model.
    public var count: UInt32
    /// The most levels a TCE table may have.
    public var levels: UInt32

    /// An answer of those parts.
    ///
    /// - Parameters:
    ///   - pageSizes: the page sizes a window may have.
    ///   - count: how many windows there may be.
    ///   - levels: the most levels of a table.
    public init(pageSizes: PageSizes, count: UInt32, levels: UInt32) {
      self.pageSizes = pageSizes
      self.count = count
      self.levels = levels
    }
  }

  /// An answer of those parts.
  ///
  /// - Parameters:
  ///   - windowStart: the first bus address of the default window.
  ///   - windowSize: bytes of the default window.
  ///   - dynamicWindows: what dynamic windows there may be.
  public init(windowStart: UInt32, windowSize: UInt32, dynamicWindows: DynamicWindows?) {
    self.windowStart = windowStart
    self.windowSize = windowSize
    self.dynamicWindows = dynamicWindows
  }
}

/// `struct vfio_iommu_spapr_tce_create`: a DMA window to make.
public struct TCEWindow: Hashable, Sendable {
  /// The page size as a power of two: 12 is 4 KiB, 16 is 64 KiB.
  public var pageShift: UInt32
  /// Bytes; a power of two.
  public var size: UInt64
  /// Levels of the TCE table, from 1.
  public var levels: UInt32

  /// A window of those values.
  ///
  /// - Parameters:
  ///   - pageShift: the page size as a power of two.
  ///   - size: bytes.
  ///   - levels: levels of the TCE table.
  public init(pageShift: UInt32, size: UInt64, levels: UInt32 = 1) {
    self.pageShift = pageShift
    self.size = size
    self.levels = levels
  }
}

/// The operations of `VFIO_EEH_PE_OP`: what a POWER host does with a PE whose device erred.
public enum EEHOperation: Hashable, Sendable {
  /// `VFIO_EEH_PE_DISABLE`.
  case disable
  /// `VFIO_EEH_PE_ENABLE`: errors of the device freeze the PE from here on.
  case enable
  /// `VFIO_EEH_PE_UNFREEZE_IO`.
  case unfreezeIO
  /// `VFIO_EEH_PE_UNFREEZE_DMA`.
  case unfreezeDMA
  /// `VFIO_EEH_PE_GET_STATE`, answered by `eehState`.
  case getState
  /// `VFIO_EEH_PE_RESET_DEACTIVATE`.
  case resetDeactivate
  /// `VFIO_EEH_PE_RESET_HOT`.
  case resetHot
  /// `VFIO_EEH_PE_RESET_FUNDAMENTAL`.
  case resetFundamental
  /// `VFIO_EEH_PE_CONFIGURE`.
  case configure
  /// `VFIO_EEH_PE_INJECT_ERR`.
  case injectError(EEHError)
}

/// `struct vfio_eeh_pe_err`: an error to put into a PE.
public struct EEHError: Hashable, Sendable {
  /// The width of the bus address.
  public enum Kind: UInt32, Hashable, Sendable {
    /// 32 bits.
    case bits32 = 0
    /// 64 bits.
    case bits64 = 1
  }

  /// The width of the bus address.
  public var kind: Kind
  /// Which error, 0 to 19: `EEH_ERR_FUNC_*` of Linux 6.12 arch/powerpc/include/uapi/asm/eeh.h.
  public var function: UInt32
  /// Where, of 64 bits of bus address; 0 with a mask of 0 is anywhere.
  public var address: UInt64
  /// Which bits of the address count.
  public var mask: UInt64

  /// An error of those values.
  ///
  /// - Parameters:
  ///   - kind: the width of the bus address.
  ///   - function: which error.
  ///   - address: where.
  ///   - mask: which bits of the address count.
  public init(kind: Kind, function: UInt32, address: UInt64 = 0, mask: UInt64 = 0) {
    self.kind = kind
    self.function = function
    self.address = address
    self.mask = mask
  }
}

/// What `VFIO_EEH_PE_GET_STATE` answers.
public enum EEHState: Int32, Hashable, Sendable, CaseIterable {
  /// In working order.
  case normal = 0
  /// Being reset.
  case reset = 1
  /// DMA and I/O are stopped: frozen.
  case stopped = 2
  /// DMA alone is stopped.
  case stoppedDMA = 4
  /// Not to be had, for a time or for good.
  case unavailable = 5
}
