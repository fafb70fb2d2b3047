import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// A slot is one its bus has.
package enum SlotRange: GuestRule {
  package static let description = RuleDescription(
    id: "slot-range",
    summary: "the slot of a device, a port or a neighbour is one its bus has",
    rationale: """
      A bus has slots 0 to 31; slot 0 of a PCI bridge is its hot-plug controller's, that of a root bus the host
      bridge's. Below a root or downstream port there is slot 0 alone: QEMU only warns of another, and the guest never
      sees the device.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "hw/pci/pci.c: pci_qdev_realize"),
      .code(project: "libvirt 11.3", place: "src/conf/domain_addr.c: virDomainPCIAddressBusSetModel"),
    ],
    severity: .error,
    requires: ["port-known"],
    otherwise: """
      PCI: slot 1 is not valid for vfio-pci, parent device only allows plugging into slot 0.
      Property 'vfio-pci.addr' doesn't take value '0x20'
      Invalid PCI address 0000:01:01.0. slot must be <= 0
      """,
    fix: "leave the slot open",
    accepts: [
      "bridges: {main: {ports: {rp: {}}, devices: [{device: \"0000:02:00.0\", port: rp, slot: 0}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 31}]}}",
      "machine: pseries\nbridges: {main: {index: 0, devices: [{device: \"0000:02:00.0\", slot: 0}]}}",
      "bridges: {main: {ports: {up: {kind: upstream, parent: rp}, rp: {slot: 31, function: 1}, down: {kind: downstream, parent: up, slot: 31}}}}",
    ],
    rejects: [
      "bridges: {main: {ports: {rp: {}}, devices: [{device: \"0000:02:00.0\", port: rp, slot: «1»}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: «32»}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: «0»}]}}",
      "bridges: {main: {ports: {a: {slot: «32»}, b: {parent: a, kind: pcie-pci-bridge, slot: «1»}}}}",
      "bridges: {main: {ports: {rp: {}}, neighbours: [{name: nic, port: rp, slot: «2»}]}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    for port in guest.ports {
      guard let range = port.address.slot.range else { continue }
      let allowed = slots(below: port.parent, port.bridge, guest)
      judge(port.address.slot.value, range, allowed, port.address.bus, canBeOpen: true, &findings)
    }
    for device in guest.devices {
      guard let range = device.address.slot.range else { continue }
      let allowed = slots(below: device.port, device.bridge, guest)
      judge(device.address.slot.value, range, allowed, device.address.bus, canBeOpen: true, &findings)
    }
    let places = BusPlaces(guest)
    for bridge in guest.bridges {
      for neighbour in bridge.configuration.neighbours {
        guard let slot = neighbour.slot else { continue }
        let bus = places.bus(of: neighbour, bridge)
        let port = bus < guest.bridges.count ? nil : bus - guest.bridges.count
        let allowed = slots(below: port, bridge.index, guest)
        judge(slot.value, slot.range, allowed, places.name(ofBus: bus), canBeOpen: false, &findings)
      }
    }
  }

  /// The slots of the bus below a port, or of a host bridge's own.
  private static func slots(below port: Int?, _ bridge: Int, _ guest: ResolvedGuest) -> ClosedRange<Int> {
    guard let port else { return guest.bridges[bridge].kind.value == .root ? 1...31 : 0...31 }
    switch guest.ports[port].kind {
    case .rootPort, .downstream: return 0...0
    case .pciePCIBridge, .pciBridge: return 1...31
    case .upstream, .dmiToPCIBridge: return 0...31
    }
  }

  /// A neighbour's slot is a fact of somebody else's and cannot be chosen here.
  private static func judge(
    _ slot: Int,
    _ range: SourceRange,
    _ allowed: ClosedRange<Int>,
    _ bus: String,
    canBeOpen: Bool,
    _ findings: inout Findings
  ) {
    guard !allowed.contains(slot) else { return }
    let expected =
      allowed.count == 1 ? "slot 0 alone" : "slots \(allowed.lowerBound) to \(allowed.upperBound)"
    findings.report(
      "slot \(slot) of bus '\(bus)', which has \(expected)",
      at: range,
      help: canBeOpen ? ["leave 'slot' out"] : ["correct the slot"],
      fixIts: canBeOpen ? [FixIt("leave the slot open", edits: [.init(range, with: "auto")])] : []
    )
  }
}
