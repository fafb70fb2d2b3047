import Diagnostics
import GuestSchema
import VFIOTypes

extension GuestResolver {
  /// The ports of the file, parents before children; ports for devices follow as they are needed.
  mutating func resolvePorts() {
    for bridge in guest.bridges.indices {
      for port in parentsFirst(guest.bridges[bridge].configuration.ports) { addPort(port, bridge: bridge) }
    }
  }

  /// Ports by name, in an order in which each comes after the one it hangs from; what hangs from nothing that exists,
  /// or in a circle, comes last and is reported by a rule.
  private func parentsFirst(_ ports: [Port]) -> [Port] {
    var ordered: [Port] = []
    var names: Set<String> = []
    var rest = ports.sorted { $0.name.value < $1.name.value }
    while !rest.isEmpty {
      let ready = rest.filter { $0.parent.map { names.contains($0.value) } ?? true }
      guard !ready.isEmpty else { return ordered + rest }
      ordered += ready
      names.formUnion(ready.map(\.name.value))
      rest.removeAll { port in ready.contains { $0.name.value == port.name.value } }
    }
    return ordered
  }

  private mutating func addPort(_ port: Port, bridge: Int) {
    let parent = port.parent.flatMap { portPositions[$0.value] }
    let bus = parent.map { guest.ports[$0].name } ?? guest.bridges[bridge].bus
    let kind = port.kind?.value ?? .rootPort
    let address = portAddress(port, on: bus, first: parent == nil ? firstSlot(ofBridge: bridge) : 0)
    append(
      ResolvedPort(
        index: guest.ports.count,
        source: .written(port),
        name: port.name.value,
        kind: kind,
        bridge: bridge,
        parent: parent,
        address: address,
        chassis: nil,
        number: nil
      )
    )
  }

  private mutating func portAddress(_ port: Port, on bus: String, first: Int) -> ResolvedAddress {
    var address = buses.place(on: bus, from: first, packed: true)
    if let slot = port.slot {
      address.slot = .written(slot)
      address.function = .written(port.function, or: (0, "the first one"))
    }
    address.isMultifunction = .written(port.multifunction, or: (false, "the only function of its slot"))
    buses.take(bus: bus, slot: address.slot.value, function: address.function.value)
    return address
  }

  /// A port made for a device, since a PCI Express bus takes no endpoint but behind one.
  mutating func makePort(for device: String, bridge: Int) -> Int {
    let bus = guest.bridges[bridge].bus
    let address = buses.place(on: bus, from: firstSlot(ofBridge: bridge), packed: true)
    buses.take(bus: bus, slot: address.slot.value, function: address.function.value)
    let name = "\(device)-port"
    append(
      ResolvedPort(
        index: guest.ports.count,
        source: .made(device: device, at: guest.bridges[bridge].configuration.name.range),
        name: name,
        kind: .rootPort,
        bridge: bridge,
        parent: nil,
        address: address,
        chassis: nil,
        number: nil
      )
    )
    return guest.ports.count - 1
  }

  private mutating func append(_ port: ResolvedPort) {
    var port = port
    if port.kind.hasChassis {
      let written = port.written
      port.chassis = written?.chassis.map { .written($0) } ?? .decided(nextChassis(), "the next free chassis")
      port.number = .written(written?.number, or: (port.chassis?.value ?? 0, "that of the chassis"))
    }
    if port.address.slot.range == nil {
      buses.noteChosen(bus: port.address.bus, slot: port.address.slot.value)
    }
    if portPositions[port.name] == nil { portPositions[port.name] = port.index }
    guest.bridges[port.bridge].ports.append(port.index)
    guest.ports.append(port)
  }

  private mutating func nextChassis() -> Int {
    repeat { lastChassis += 1 } while writtenChassis.contains(lastChassis)
    return lastChassis
  }

  /// Bus numbers of expanders, from the top down so that each subtree has room below the next.
  mutating func resolveBusNumbers() {
    var taken: [Range<Int>] = []
    let expanders = guest.bridges.indices.filter { [.pxb, .pxbPCIe].contains(guest.bridges[$0].kind.value) }
    for index in expanders {
      guard let written = guest.bridges[index].configuration.busNumber else { continue }
      guest.bridges[index].busNumber = .written(written)
      taken.append(written.value..<(written.value + guest.busesNeeded(by: guest.bridges[index])))
    }
    for index in expanders.reversed() where guest.bridges[index].busNumber == nil {
      let need = guest.busesNeeded(by: guest.bridges[index])
      var start = 256 - need
      while start > 1, let other = taken.first(where: { $0.overlaps(start..<(start + need)) }) {
        start = other.lowerBound - need
      }
      start = max(1, start)
      guest.bridges[index].busNumber = .decided(start, "room for \(need) buses below the next")
      taken.append(start..<(start + need))
    }
  }

  /// Function 0 of a slot carries the bit that says there are others.
  mutating func markMultifunction() {
    let marked = Chosen.decided(true, "its slot has further functions")
    for index in guest.ports.indices where buses.hasFurtherFunctions(guest.ports[index].address) {
      guest.ports[index].address.isMultifunction = marked
    }
    for index in guest.devices.indices where buses.hasFurtherFunctions(guest.devices[index].address) {
      guest.devices[index].address.isMultifunction = marked
    }
  }
}

extension PortKind {
  /// Whether the kind has a chassis number.
  package var hasChassis: Bool {
    switch self {
    case .rootPort, .downstream, .pciBridge: true
    case .upstream, .pciePCIBridge, .dmiToPCIBridge: false
    }
  }

  /// Whether the bus below it is conventional PCI.
  package var isConventional: Bool {
    switch self {
    case .pciePCIBridge, .pciBridge, .dmiToPCIBridge: true
    case .rootPort, .upstream, .downstream: false
    }
  }
}
