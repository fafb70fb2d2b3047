public import VFIOTypes

/// What a PE of a POWER host offers: `struct iommu_table_group` of Linux 6.12 arch/powerpc/include/asm/iommu.h, and what the
/// platform behind it takes.
public struct ModelPE: Hashable, Sendable {
  /// Who makes its windows.
  public enum Platform: Hashable, Sendable {
    /// The kernel of a bare POWER8, whose bridges (PHB3) are told of a changed TCE one by one.
    case powernv8
    /// The kernel of a bare POWER9 or POWER10.
    case powernv9
    /// The firmware of a partition.
    case pseries
  }

  /// Who makes its windows.
  public var platform: Platform
  /// The first bus address of the default window: `tce32_start`.
  public var windowStart: UInt32
  /// Bytes of the default window, 0 of a PE without: `tce32_size`.
  public var windowSize: UInt32
  /// The page sizes a window may have: `pgsizes`.
  public var pageSizes: PageSizes
  /// `max_dynamic_windows_supported`: 0 of a PE for v1 alone, 0xffffffff of a partition without DDW.
  public var windows: UInt32
  /// The most levels a TCE table may have: `max_levels`.
  public var levels: UInt32
  /// Whether the device tree of a partition has `ibm,ddw-applicable`, without which nothing of DDW works.
  public var offersDDW: Bool
  /// The most TCEs the firmware of a partition gives a dynamic window.
  public var largestWindow: UInt64

  /// A PE of those figures.
  ///
  /// - Parameters:
  ///   - platform: who makes its windows.
  ///   - windowSize: bytes of the default window.
  ///   - pageSizes: the page sizes a window may have.
  ///   - windows: how many windows there may be.
  ///   - levels: the most levels a TCE table may have.
  public init(
    _ platform: Platform,
    windowSize: UInt32,
    pageSizes: PageSizes,
    windows: UInt32,
    levels: UInt32
  ) {
    self.platform = platform
    self.windowStart = 0
    self.windowSize = windowSize
    self.pageSizes = pageSizes
    self.windows = windows
    self.levels = levels
    self.offersDDW = true
    // QEMU 10.0 hw/ppc/spapr_rtas_ddw.c: rtas_ibm_query_pe_dma_window, the form of six outputs.
    self.largestWindow = 0x20_0000_0000
  }

  /// A PE of a bare POWER9, as its kernel finds it in QEMU 10.
  public static let powernv9 = ModelPE(
    .powernv9,
    windowSize: 0x8000_0000,
    pageSizes: PageSizes(mask: 0x4021_1000),
    windows: 2,
    levels: 5
  )

  /// A PE of a bare POWER8, as its kernel finds it in QEMU 10.
  public static let powernv8 = ModelPE(
    .powernv8,
    windowSize: 0x8000_0000,
    pageSizes: PageSizes(mask: 0x1101_1000),
    windows: 2,
    levels: 5
  )

  /// A PE of a partition of QEMU 10: 1 GiB by default.
  public static let pseries = ModelPE(
    .pseries,
    windowSize: 0x4000_0000,
    pageSizes: PageSizes(mask: 0x121_1000),
    windows: 2,
    levels: 1
  )

  /// A PE of a partition of PowerVM: 2 GiB by default.
  ///
  /// Linux 6.12 arch/powerpc/platforms/pseries/iommu.c: spapr_tce_init_table_group.
  public static let pseriesLPAR = ModelPE(
    .pseries,
    windowSize: 0x8000_0000,
    pageSizes: PageSizes(mask: 0x121_1000),
    windows: 2,
    levels: 1
  )

  /// A virtual function of a partition of PowerVM: it has one window at a time.
  ///
  /// Linux 6.12 arch/powerpc/platforms/pseries/iommu.c: spapr_tce_init_table_group.
  public static let pseriesVF = ModelPE(
    .pseries,
    windowSize: 0x1000_0000,
    pageSizes: PageSizes(mask: 0x121_1000),
    windows: 1,
    levels: 1
  )

  /// A PE of a partition without DDW, which takes neither model: windows that cannot be made are all it has.
  public static let pseriesNoDDW: ModelPE = {
    var pe = ModelPE(
      .pseries,
      windowSize: 0x4000_0000,
      pageSizes: PageSizes(mask: 0x1000),
      windows: UInt32.max,
      levels: 0
    )
    pe.offersDDW = false
    return pe
  }()

  /// A PE whose kernel makes no dynamic windows, for v1 alone.
  public static let version1Only = ModelPE(
    .powernv8,
    windowSize: 0x8000_0000,
    pageSizes: PageSizes(mask: 0x1000),
    windows: 0,
    levels: 0
  )
}

/// What a POWER host does about PEs whose devices err.
public enum ModelEEH: Hashable, Sendable {
  /// Nothing.
  case off
  /// It handles errors, of which its bridges never tell: those of QEMU.
  case silent
  /// It handles errors, and a PE into which one is put freezes.
  case working
}

extension ModelHost {
  /// A POWER machine with these groups, each a PE of that kind, with sPAPR loaded and no Type1.
  ///
  /// - Parameters:
  ///   - groups: its groups.
  ///   - pe: what each of them offers.
  ///   - eeh: what it does about PEs whose devices err.
  ///   - pageSize: bytes of a page of the processor.
  public init(groups: [ModelGroup], pe: ModelPE, eeh: ModelEEH, pageSize: UInt64) {
    self.init(groups: groups)
    for index in self.groups.indices { self.groups[index].pe = pe }
    self.hasType1 = false
    self.hasSPAPR = true
    self.eeh = eeh
    self.pageSize = pageSize
  }

  /// A bare POWER9.
  ///
  /// - Parameters:
  ///   - groups: its groups.
  ///   - pageSize: bytes of a page of the processor: 64 KiB or 4 KiB.
  /// - Returns: the machine.
  public static func powernv9(_ groups: [ModelGroup], pageSize: UInt64 = 0x1_0000) -> ModelHost {
    ModelHost(groups: groups, pe: .powernv9, eeh: .silent, pageSize: pageSize)
  }

  /// A bare POWER8.
  ///
  /// - Parameters:
  ///   - groups: its groups.
  ///   - pageSize: bytes of a page of the processor: 64 KiB or 4 KiB.
  /// - Returns: the machine.
  public static func powernv8(_ groups: [ModelGroup], pageSize: UInt64 = 0x1_0000) -> ModelHost {
    ModelHost(groups: groups, pe: .powernv8, eeh: .silent, pageSize: pageSize)
  }

  /// A partition of QEMU.
  ///
  /// - Parameters:
  ///   - groups: its groups.
  ///   - pe: what each of them offers: `.pseries`, `.pseriesLPAR`, `.pseriesVF`, `.pseriesNoDDW`.
  ///   - pageSize: bytes of a page of the processor: 64 KiB or 4 KiB.
  /// - Returns: the machine.
  public static func pseries(
    _ groups: [ModelGroup],
    pe: ModelPE = .pseries,
    pageSize: UInt64 = 0x1_0000
  ) -> ModelHost {
    ModelHost(groups: groups, pe: pe, eeh: .off, pageSize: pageSize)
  }
}
