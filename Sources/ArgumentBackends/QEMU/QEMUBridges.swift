import VFIOPlan
import VFIOTypes

extension QEMUFragment {
  /// The host bridges the machine does not have by itself.
  mutating func addBridges() {
    for bridge in guest.bridges {
      if let segment = bridge.segment, segment != 0 {
        refuse("QEMU has one PCI segment, and bridge '\(bridge.name)' is in \(segment)", bridge.origin)
      }
      switch bridge.kind {
      case .root: break
      case .spapr: addPHB(bridge)
      case .pxb: addExpander("pxb", bridge)
      case .pxbPCIe: addExpander("pxb-pcie", bridge)
      case .segment, .zpci:
        refuse("QEMU has no host bridge of kind '\(bridge.kind.rawValue)' on this machine", bridge.origin)
      }
    }
  }

  // MARK: Expanders

  /// QEMU 10.0, hw/pci-bridge/pci_expander_bridge.c: pxb_dev_properties.
  private mutating func addExpander(_ driver: String, _ bridge: PlannedBridge) {
    var properties: [ArgumentProperty] = []
    properties.add("id", bridge.name)
    addPlace(bridge.address, &properties)
    properties.add("bus_nr", bridge.busNumber)
    properties.add("numa_node", bridge.numa)
    if bridge.bypassesIOMMU {
      need(Version(6, 1), for: "a bridge that bypasses the guest IOMMU", bridge.origin)
      properties.add("bypass_iommu", true)
    }
    add(
      .device(driver: driver, properties),
      bridge.origin,
      reason("host bridge '\(bridge.name)'", "\(bridge.origin.path).bus-number")
    )
  }

  // MARK: PAPR host bridges

  private mutating func addPHB(_ bridge: PlannedBridge) {
    guard !bridge.isBuiltIn else {
      if bridge.numa != nil {
        // QEMU 10.0, hw/ppc/spapr_pci.c: spapr_phb_realize; it is made by the machine, before any option is read.
        refuse("the built-in PAPR host bridge has no NUMA node", bridge.origin)
      }
      return
    }
    var properties: [ArgumentProperty] = []
    properties.add("id", bridge.name)
    properties.add("index", bridge.index)
    properties.add("numa_node", bridge.numa)
    properties += windows(of: bridge)
    add(
      .device(driver: PHB.driver, properties),
      bridge.origin,
      reason("PAPR host bridge '\(bridge.name)'", "\(bridge.origin.path).index")
    )
  }

  /// A bridge's own windows; the machine's defaults are said where a change for PHB 0 would reach it.
  private func windows(of bridge: PlannedBridge) -> [ArgumentProperty] {
    let own = PHB.properties(bridge.windows)
    let changed = builtInPHB.map { PHB.changed($0.windows, guest.machine.type) } ?? []
    return PHB.defaults(guest.machine.type).compactMap { standard in
      let property = own.first { $0.name == standard.name } ?? standard
      let isReached = changed.contains { $0.name == standard.name }
      return property != standard || isReached ? property : nil
    }
  }

  private var builtInPHB: PlannedBridge? { guest.bridges.first { $0.isBuiltIn && $0.kind == .spapr } }

  /// PHB 0 has no argument of its own and is reached by `-global`, which reaches every PHB.
  mutating func addDefaultsOfBuiltInPHB() {
    guard let bridge = builtInPHB else { return }
    for property in PHB.changed(bridge.windows, guest.machine.type) {
      add(
        .global(driver: PHB.driver, property),
        bridge.origin,
        "PAPR host bridge '\(bridge.name)' is built in; the others get their values back"
      )
    }
  }
}

/// What a `spapr-pci-host-bridge` has beyond its index.
///
/// QEMU 10.0, hw/ppc/spapr_pci.c: spapr_phb_properties.
private enum PHB {
  static let driver = "spapr-pci-host-bridge"

  static func properties(_ windows: PlannedBridge.Windows) -> [ArgumentProperty] {
    var properties: [ArgumentProperty] = []
    properties.add("ddw", windows.ddw)
    properties.add("dma_win_addr", windows.dma32Start)
    properties.add("dma_win_size", windows.dma32)
    properties.add("dma64_win_addr", windows.dma64Start)
    properties.add("pgsz", windows.pageSizes)
    properties.add("mem_win_size", windows.mmio32)
    properties.add("mem64_win_size", windows.mmio64)
    return properties
  }

  /// What differs from the machine's defaults.
  static func changed(_ windows: PlannedBridge.Windows, _ machine: MachineType) -> [ArgumentProperty] {
    let defaults = defaults(machine)
    return properties(windows).filter { !defaults.contains($0) }
  }

  /// QEMU 10.0, hw/ppc/spapr_pci.c: spapr_phb_properties; hw/ppc/spapr.c: spapr_machine_4_1_class_options.
  static func defaults(_ machine: MachineType) -> [ArgumentProperty] {
    var windows = PlannedBridge.Windows()
    windows.ddw = true
    windows.dma32Start = 0
    windows.dma32 = 0x4000_0000
    windows.dma64Start = 1 << 59
    windows.pageSizes = machine.version.map { $0 <= Version(4, 1) } == true ? 0x11000 : 0x121_1000
    windows.mmio32 = 0x8000_0000
    windows.mmio64 = 0x100_0000_0000
    return properties(windows)
  }
}
