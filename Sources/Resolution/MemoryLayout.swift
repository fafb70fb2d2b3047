import VFIOTypes

/// Where a machine puts guest RAM, in guest physical addresses.
enum GuestMemoryLayout {
  /// What decides the layout of a PC beside the amount of RAM.
  struct PC {
    var bootMemory: UInt64
    var maximumMemory: UInt64
    var slots: Int
    var pciHole64: UInt64?
    /// Whether the guest's CPUID vendor is AMD; under KVM it is the host's.
    ///
    /// Nil: unknown.
    var isAMD: Bool?
    /// The machine type's version; nil: the newest.
    var version: Version?
  }

  private static let mebibyte: UInt64 = 1 << 20
  private static let gibibyte: UInt64 = 1 << 30

  /// The first address AMD IOMMUs reserve for HyperTransport, and where RAM goes instead.
  ///
  /// QEMU 10.0, hw/i386/pc.c: AMD_HT_START, AMD_ABOVE_1TB_START.
  private static let hyperTransport: UInt64 = 0xfd_0000_0000
  private static let aboveHyperTransport: UInt64 = 0x100_0000_0000

  /// q35: RAM below 4 GiB ends at 2.75 GiB, or at 2 GiB where there is more than that.
  ///
  /// QEMU 10.0, hw/i386/pc_q35.c: pc_q35_init.
  static func q35(_ pc: PC) -> (ranges: [ResolvedMemory.Range], reason: String) {
    let low = pc.bootMemory >= 0xb000_0000 ? 0x8000_0000 : 0xb000_0000 as UInt64
    return split(pc, low: low, defaultHole: 32 * gibibyte)
  }

  /// i440fx: RAM below 4 GiB ends at 3.5 GiB, or at 3 GiB where there is more than that.
  ///
  /// QEMU 10.0, hw/i386/pc_piix.c: pc_init1.
  static func i440fx(_ pc: PC) -> (ranges: [ResolvedMemory.Range], reason: String) {
    let low = pc.bootMemory >= 0xe000_0000 ? 0xc000_0000 : 0xe000_0000 as UInt64
    return split(pc, low: low, defaultHole: 2 * gibibyte)
  }

  /// Machines whose RAM is one range.
  static func contiguous(_ size: UInt64, at start: UInt64, because reason: String) -> (
    ranges: [ResolvedMemory.Range], reason: String
  ) {
    (ranges(name: "ram", start: start, size: size), reason)
  }

  private static func split(_ pc: PC, low: UInt64, defaultHole: UInt64) -> (
    ranges: [ResolvedMemory.Range], reason: String
  ) {
    let below = min(pc.bootMemory, low)
    let above = pc.bootMemory - below
    var start = 4 * gibibyte
    var reason = "RAM below 4 GiB ends at \(ByteCount(low).sentence) on this machine"
    let end = highestAddress(pc, aboveStart: start, above: above, hole: pc.pciHole64 ?? defaultHole)
    if pc.isAMD == true, pc.version.map({ $0 > Version(7, 0) }) ?? true, end >= hyperTransport {
      start = aboveHyperTransport
      reason += "; the rest starts at 1 TiB, since AMD reserves addresses from 1012 GiB on"
    }
    return (
      ranges(name: "below-4g", start: 0, size: below) + ranges(name: "above-4g", start: start, size: above),
      reason
    )
  }

  /// The highest guest physical address in use: the end of the 64-bit PCI hole.
  ///
  /// QEMU 10.0, hw/i386/pc.c: pc_max_used_gpa, pc_pci_hole64_start, pc_get_device_memory_range.
  private static func highestAddress(_ pc: PC, aboveStart: UInt64, above: UInt64, hole: UInt64) -> UInt64 {
    var end = aboveStart + above
    if pc.maximumMemory > pc.bootMemory {
      // Each slot may lose up to 1 GiB to the alignment of its module.
      end = end.roundedUp(to: gibibyte) + (pc.maximumMemory - pc.bootMemory) + UInt64(pc.slots) * gibibyte
    }
    return end.roundedUp(to: gibibyte) + hole - 1
  }

  private static func ranges(name: String, start: UInt64, size: UInt64) -> [ResolvedMemory.Range] {
    guard size > 0 else { return [] }
    return [.init(name: name, range: IOVARange(start: start, last: start + (size - 1)))]
  }
}

extension UInt64 {
  /// The next multiple of a power of two.
  func roundedUp(to unit: UInt64) -> UInt64 { (self + (unit - 1)) & ~(unit - 1) }
}
