/// A TCE table to make: what it costs, and whether memory for it can be had.
///
/// Linux 6.12 arch/powerpc/platforms/powernv/pci-ioda.c: pnv_pci_ioda2_get_table_size; pci-ioda-tce.c:
/// pnv_pci_ioda2_table_alloc_pages; arch/powerpc/platforms/pseries/iommu.c: spapr_tce_get_table_size.
struct ModelTCETable {
  /// pci.h: POWERNV_IOMMU_MAX_LEVELS.
  private static let mostLevels: UInt32 = 5
  /// The most a kernel allocates in one piece: Kconfig: ARCH_FORCE_MAX_ORDER is 8 with pages of 64 KiB, 12 with those of 4 KiB.
  private static let mostAtOnce: UInt64 = 16 << 20

  let window: TCEWindow
  /// Bytes of a page of the processor.
  let pageSize: UInt64

  private var isPowerOfTwo: Bool { window.size > 0 && window.size & (window.size - 1) == 0 }

  /// Whether the window is smaller than one of its pages, of which the kernel counts less than none.
  var isUndefined: Bool { isPowerOfTwo && window.size < 1 << UInt64(window.pageShift) }

  // MARK: powernv

  /// The entries as a power of two; of all levels.
  private var entryShift: UInt64 { UInt64(window.size.trailingZeroBitCount) - UInt64(window.pageShift) }

  /// Bytes of one level as a power of two.
  private var levelShift: UInt64 {
    let levels = UInt64(window.levels)
    return max((entryShift + levels - 1) / levels + 3, UInt64(pageSize.trailingZeroBitCount))
  }

  /// Bytes a bare host charges for the table and its copy of user addresses; 0 of one it refuses.
  var powernvSize: UInt64 {
    guard window.levels > 0, window.levels <= ModelTCETable.mostLevels, isPowerOfTwo else { return 0 }
    let level: UInt64 = 1 << levelShift
    var (bytes, table): (UInt64, UInt64) = (0, max(0x1000, 1 << (entryShift + 3)))
    for _ in 0..<window.levels {
      bytes += (table + level - 1) / level * level
      table = max((table / level) * 8, level)
    }
    return bytes * 2
  }

  /// Allocates the table of a bare host, all of one level and the first path of more.
  func allocateOnPowernv() throws(ModelRefusal) {
    let function = "pci-ioda-tce.c: pnv_pci_ioda2_table_alloc_pages"
    guard (levelShift - 3) * UInt64(window.levels) + UInt64(window.pageShift) < 55 else {
      throw ModelRefusal(.einval, "\(function), bits of the address")
    }
    guard levelShift < 64, 1 << levelShift <= ModelTCETable.mostAtOnce else {
      throw ModelRefusal(.enomem, "\(function), one level in one piece")
    }
  }

  // MARK: pseries

  /// Bytes a partition charges; of more than one level a number that is no size.
  var pseriesSize: UInt64 {
    window.levels > 1 ? UInt64(UInt32.max) : window.size >> (Int(window.pageShift) - 3)
  }

  func checkOnPseries() throws(ModelRefusal) {
    guard isPowerOfTwo, window.levels <= 1 else {
      throw ModelRefusal(.einval, "pseries/iommu.c: spapr_tce_create_table, size and levels")
    }
  }
}
