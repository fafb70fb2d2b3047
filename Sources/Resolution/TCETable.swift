/// What the kernel charges against the locked-memory limit for the table of a DMA window.
package enum TCETable {
  /// Bytes for a window of a host of bare POWER hardware: the hardware table and the copy of user addresses.
  ///
  /// Linux 6.12, arch/powerpc/platforms/powernv/pci-ioda-tce.c: pnv_pci_ioda2_get_table_size.
  ///
  /// - Parameters:
  ///   - window: bytes of the window, a power of two.
  ///   - pageShift: of the IOMMU page.
  ///   - levels: of the table, 1 to 5.
  ///   - hostPageShift: of the host's pages, 16 on most.
  /// - Returns: the charge; 0 for a window no kernel makes.
  package static func powernv(window: UInt64, pageShift: Int, levels: Int, hostPageShift: Int = 16) -> UInt64
  {
    let entries = window.trailingZeroBitCount - pageShift
    guard entries >= 0, levels >= 1 else { return 0 }
    var direct = max(UInt64(4096), 1 << UInt64(entries + 3))
    let levelBits = (entries + levels - 1) / levels
    let level: UInt64 = 1 << UInt64(max(levelBits + 3, hostPageShift))
    var bytes: UInt64 = 0
    for _ in 0..<levels {
      bytes += direct.roundedUp(to: level)
      direct = max(direct / level * 8, level)
    }
    return 2 * bytes
  }

  /// Bytes for a window of a PowerVM partition, whose table PowerVM keeps.
  ///
  /// Linux 6.12, arch/powerpc/platforms/pseries/iommu.c: spapr_tce_get_table_size.
  package static func pseries(window: UInt64, pageShift: Int) -> UInt64 {
    window >> UInt64(max(0, pageShift - 3))
  }

  /// The levels QEMU asks for first.
  ///
  /// QEMU 10.0, hw/vfio/spapr.c: vfio_spapr_create_window. From 10.1 on a host that reports one level is asked for
  /// one.
  package static func levels(window: UInt64, pageShift: Int, hostPageShift: Int = 16) -> Int {
    let bits = window.trailingZeroBitCount - pageShift + 3
    let perLevel = hostPageShift + 8
    return max(1, (bits + perLevel - 1) / perLevel)
  }

  /// Bytes KVM charges for its copy of the guest's table.
  ///
  /// Linux 6.12, arch/powerpc/kvm/book3s_64_vio.c: kvmppc_tce_pages, kvmppc_stt_pages.
  package static func kvmCopy(window: UInt64, pageShift: Int, hostPageSize: UInt64 = 65536) -> UInt64 {
    let entries = window >> UInt64(pageShift)
    let tablePages = (entries * 8 + hostPageSize - 1) / hostPageSize
    // The structure that holds the page pointers: 80 bytes before them on 64-bit kernels [reasoned].
    let headerPages = (80 + 8 * tablePages + hostPageSize - 1) / hostPageSize
    return (tablePages + headerPages) * hostPageSize
  }
}
