import VFIOPlan
import VFIOTypes

extension QEMUFragment {
  /// Ports and bridges below the host bridges, parents before children.
  mutating func addPorts() {
    for port in guest.ports { add(port) }
  }

  private mutating func add(_ port: PlannedPort) {
    var properties: [ArgumentProperty] = []
    properties.add("id", port.name)
    addPlace(port.address, &properties)
    switch port.kind {
    case .rootPort, .downstream:
      properties.add("chassis", port.chassis)
      properties.add("slot", port.number)
      if !port.acceptsHotplug {
        need(Version(5, 0), for: "a port without hot-plug", port.origin)
        properties.add("hotplug", false)
      }
    case .pciBridge:
      properties.add("chassis_nr", port.chassis)
      // The standard hot-plug controller is all the hot-plug it has; without it slot 0 is free, which is not used.
      if !port.acceptsHotplug { properties.add("shpc", false) }
    case .upstream, .pciePCIBridge, .dmiToPCIBridge:
      if !port.acceptsHotplug {
        refuse("hot-plug below '\(port.name)' cannot be turned off", port.origin)
      }
    }
    addReserve(port, &properties)
    let path = "\(guest.origin.path).bridges.\(port.bridge).ports.\(port.name)"
    add(
      .device(driver: QEMUFragment.driver(port.kind), properties),
      port.origin,
      reason("port '\(port.name)'", path, path + ".slot")
    )
  }

  private static func driver(_ kind: PortKind) -> String {
    switch kind {
    case .rootPort: "pcie-root-port"
    case .upstream: "x3130-upstream"
    case .downstream: "xio3130-downstream"
    case .pciePCIBridge: "pcie-pci-bridge"
    case .pciBridge: "pci-bridge"
    case .dmiToPCIBridge: "i82801b11-bridge"
    }
  }

  /// QEMU 10.0, hw/pci-bridge/gen_pcie_root_port.c: gen_rp_props, hw/pci-bridge/pci_bridge_dev.c: pci_bridge_dev_properties.
  private mutating func addReserve(_ port: PlannedPort, _ properties: inout [ArgumentProperty]) {
    let reserve = port.reserve
    guard reserve != PlannedPort.Reserve() else { return }
    switch port.kind {
    case .rootPort, .pciBridge:
      properties.add("bus-reserve", reserve.buses)
      properties.add("io-reserve", reserve.io)
      properties.add("mem-reserve", reserve.memory)
      properties.add("pref32-reserve", reserve.prefetchable32)
      properties.add("pref64-reserve", reserve.prefetchable64)
    case .upstream, .downstream, .pciePCIBridge, .dmiToPCIBridge:
      refuse("a port of kind '\(port.kind.rawValue)' reserves nothing", port.origin)
    }
  }

  /// Where a thing sits on its bus.
  func addPlace(_ address: GuestAddress?, _ properties: inout [ArgumentProperty]) {
    guard let address else { return }
    properties.add("bus", address.bus)
    properties.add("addr", QEMUAddress.text(slot: address.slot, function: address.function))
    if address.isMultifunction { properties.add("multifunction", true) }
  }
}

/// A slot and function as QEMU's `addr` takes them, `0x1f.0x7`; both numbers are hexadecimal.
///
/// QEMU 10.0, hw/core/qdev-properties-system.c: set_pci_devfn.
enum QEMUAddress {
  static func text(slot: Int, function: Int) -> String {
    "0x\(String(slot, radix: 16)).0x\(String(function, radix: 16))"
  }
}
