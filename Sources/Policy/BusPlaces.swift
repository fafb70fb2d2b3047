import Diagnostics
import GuestSchema
import Resolution

/// Everything that has a place on a bus of a guest, with the place as a number, so that looking at thousands costs no
/// text.
struct BusPlaces {
  /// What is at a place.
  enum Subject {
    case machine(MachineSlots.Taken)
    case guestIOMMU
    case expander(Int)
    case neighbour(bridge: Int, index: Int)
    case port(Int)
    case device(Int)
  }

  /// A function of a slot of a bus.
  struct Place: Hashable {
    /// The position of a host bridge, or after those the position of a port.
    var bus: Int
    var slot: Int
    var function: Int
  }

  let guest: ResolvedGuest

  init(_ guest: ResolvedGuest) { self.guest = guest }

  /// How many buses there are: one a host bridge, one a port.
  var count: Int { guest.bridges.count + guest.ports.count }

  /// Visits what the machine has, then neighbours, then ports and devices, each in its order.
  func forEach(_ body: (Place, Subject) -> Void) {
    for taken in guest.machineSlots {
      for function in 0..<8 where taken.functions & 1 << UInt8(function) != 0 {
        body(Place(bus: 0, slot: taken.slot, function: function), .machine(taken))
      }
    }
    for bridge in guest.bridges {
      for (index, neighbour) in bridge.configuration.neighbours.enumerated() {
        guard let slot = neighbour.slot?.value else { continue }
        let place = Place(
          bus: bus(of: neighbour, bridge),
          slot: slot,
          function: neighbour.function?.value ?? 0
        )
        body(place, .neighbour(bridge: bridge.index, index: index))
      }
    }
    if let slot = guest.viommu?.slot {
      body(Place(bus: 0, slot: slot.value, function: 0), .guestIOMMU)
    }
    for bridge in guest.bridges {
      guard let address = bridge.address else { continue }
      body(Place(bus: 0, slot: address.slot.value, function: address.function.value), .expander(bridge.index))
    }
    for port in guest.ports {
      let bus = port.parent.map { guest.bridges.count + $0 } ?? port.bridge
      body(place(port.address, on: bus), .port(port.index))
    }
    for device in guest.devices {
      let bus = device.port.map { guest.bridges.count + $0 } ?? device.bridge
      body(place(device.address, on: bus), .device(device.index))
    }
  }

  private func place(_ address: ResolvedAddress, on bus: Int) -> Place {
    Place(bus: bus, slot: address.slot.value, function: address.function.value)
  }

  func bus(of neighbour: HostBridge.Neighbour, _ bridge: ResolvedBridge) -> Int {
    guard let name = neighbour.port?.value else { return bridge.index }
    return bridge.ports.first { guest.ports[$0].name == name }.map { guest.bridges.count + $0 }
      ?? bridge.index
  }

  // MARK: In words

  /// The id of a bus.
  func name(ofBus bus: Int) -> String {
    bus < guest.bridges.count ? guest.bridges[bus].bus : guest.ports[bus - guest.bridges.count].name
  }

  func name(of subject: Subject) -> String {
    switch subject {
    case .machine(let taken): taken.what
    case .guestIOMMU: "the guest IOMMU"
    case .expander(let bridge): "expander '\(guest.bridges[bridge].name)'"
    case .neighbour(let bridge, let index):
      "'\(guest.bridges[bridge].configuration.neighbours[index].name.value)'"
    case .port(let port): "port '\(guest.ports[port].name)'"
    case .device(let device): "device '\(guest.devices[device].name)'"
    }
  }

  /// Where its slot or function is written; nil where the place was chosen.
  func writtenPlace(of subject: Subject) -> SourceRange? {
    switch subject {
    case .machine, .expander: nil
    case .guestIOMMU: guest.viommu?.slot?.range
    case .neighbour(let bridge, let index):
      guest.bridges[bridge].configuration.neighbours[index].slot?.range
    case .port(let port): guest.ports[port].address.writtenRange
    case .device(let device): guest.devices[device].address.writtenRange
    }
  }

  /// Where the thing itself is written.
  func range(of subject: Subject) -> SourceRange? {
    switch subject {
    case .machine: nil
    case .guestIOMMU: guest.viommu?.configuration.range
    case .expander(let bridge): guest.bridges[bridge].range
    case .neighbour(let bridge, let index): guest.bridges[bridge].configuration.neighbours[index].name.range
    case .port(let port): guest.ports[port].range ?? guest.bridges[guest.ports[port].bridge].range
    case .device(let device): guest.devices[device].range
    }
  }
}

extension ResolvedAddress {
  /// Where its slot or function is written; nil where both were chosen.
  var writtenRange: SourceRange? { slot.range ?? function.range }
}
