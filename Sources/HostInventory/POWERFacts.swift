import VFIOTypes

/// DMA windows that POWER host bridges offer, from the device tree; sysfs has no file that says them.
enum POWERFacts {
  static func windows(_ host: HostText, _ addresses: [PCIAddress]) -> [HostSnapshot.TCE] {
    var domains: [UInt32: HostSnapshot.TCE] = [:]
    for address in addresses where domains[address.domain] == nil {
      guard let node = bridgeNode(host, address) else { continue }
      domains[address.domain] = facts(host, node, domain: address.domain)
    }
    return domains.values.sorted { $0.domain < $1.domain }
  }

  /// The host bridge's node: the top of the path that `devspec` names below the tree's root.
  private static func bridgeNode(_ host: HostText, _ address: PCIAddress) -> String? {
    guard let path = host.text("/sys/bus/pci/devices/\(address)/devspec"),
      let top = path.split(separator: "/").first,
      top.hasPrefix("pci")
    else { return nil }
    return "/proc/device-tree/\(top)"
  }

  private static func facts(_ host: HostText, _ node: String, domain: UInt32) -> HostSnapshot.TCE {
    var tce = HostSnapshot.TCE(domain: domain)
    let names = host.names(node)
    if let shifts = host.bytes("\(node)/ibm,supported-tce-sizes") {
      // Bare hardware: page shifts, four bytes each. Windows and levels are the kernel's constants: Linux 6.12,
      // arch/powerpc/platforms/powernv/pci-ioda.c: pnv_pci_ioda2_setup_dma_pe.
      tce.pageSizes = PageSizes(mask: cells(shifts).reduce(0) { $0 | (1 << UInt64($1 & 63)) })
      tce.levels = 5
      tce.windows = 2
      tce.offersDDW = true
      tce.dma32Start = 0
    }
    if let window = host.bytes("\(node)/ibm,dma-window") {
      // A partition: LIOBN, then start and size, two cells each.
      let numbers = cells(window)
      if numbers.count == 5 {
        tce.dma32Start = UInt64(numbers[1]) << 32 | UInt64(numbers[2])
        tce.dma32Size = UInt64(numbers[3]) << 32 | UInt64(numbers[4])
      }
      tce.levels = 1
      tce.offersDDW = names?.contains("ibm,ddw-applicable")
    }
    return tce
  }

  /// Device-tree cells: big-endian words.
  private static func cells(_ bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { offset in
      bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
  }
}
