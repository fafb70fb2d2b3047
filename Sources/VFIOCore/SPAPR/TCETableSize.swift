/// What a TCE table costs and whether the kernel makes one of its shape.
///
/// Computed, since trying costs: see `WindowFault`. The formulas are those the kernel charges and allocates by.
package enum TCETableSize {
  /// Linux 6.12 arch/powerpc/include/asm/mmzone.h and Kconfig: the buddy allocator gives 16 MiB at most, with pages of 4 KiB and of
  /// 64 KiB alike; seen as ENOMEM of a level of 32 MiB and more.
  private static let mostOfLevel = 24

  /// Bytes a powernv host charges: the table and a copy with the addresses of the process, level by level.
  ///
  /// Linux 6.12 arch/powerpc/platforms/powernv/pci-ioda.c: pnv_pci_ioda2_get_table_size.
  package static func powernv(_ window: TCEWindow, hostPage: UInt64) -> UInt64 {
    let level = powernvLevel(window, hostPage: hostPage)
    let levelBytes = UInt64(1) << UInt64(level)
    let entries = window.size >> UInt64(window.pageShift)
    var direct = max(4096, entries << 3)
    var bytes: UInt64 = 0
    for _ in 0..<window.levels {
      bytes += (direct + levelBytes - 1) / levelBytes * levelBytes
      direct = max((direct / levelBytes) << 3, levelBytes)
    }
    return 2 * bytes
  }

  /// Bytes a pseries host charges: arch/powerpc/platforms/pseries/iommu.c: spapr_tce_get_table_size.
  package static func pseries(_ window: TCEWindow) -> UInt64 {
    max(8, (window.size >> UInt64(window.pageShift)) << 3)
  }

  /// Whether a powernv host makes the table: pci-ioda-tce.c: pnv_pci_ioda2_table_alloc_pages.
  package static func isMadeByPowernv(_ window: TCEWindow, hostPage: UInt64) -> Bool {
    let level = powernvLevel(window, hostPage: hostPage)
    return level <= mostOfLevel && (level - 3) * Int(window.levels) + Int(window.pageShift) < 55
  }

  /// The size of one level as a power of two.
  private static func powernvLevel(_ window: TCEWindow, hostPage: UInt64) -> Int {
    let entries = window.size.trailingZeroBitCount - Int(window.pageShift)
    let levels = max(1, Int(window.levels))
    return max((entries + levels - 1) / levels + 3, hostPage.trailingZeroBitCount)
  }
}
