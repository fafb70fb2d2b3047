import Diagnostics
package import Resolution

/// A slot with further functions has function 0, and it says so.
package enum Multifunction: GuestRule {
  package static let description = RuleDescription(
    id: "multifunction",
    summary: "a slot whose functions above 0 are used has function 0, with its multifunction bit on",
    rationale: """
      A guest looks at further functions only where function 0 is there and says that there are others. The bit of an
      assigned device is the hypervisor's, whatever the hardware says.
      """,
    sources: [.code(project: "QEMU 10.0", place: "hw/pci/pci.c: pci_init_multifunction")],
    severity: .error,
    requires: ["port-known"],
    otherwise: """
      PCI: single function device can't be populated in function 3.1
      PCI: 3.0 indicates single function, but 3.1 is already populated.
      """,
    fix: "turn the bit of function 0 on where it is written off",
    accepts: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4}, {device: \"0000:03:00.0\", slot: 4, function: 1}]}}",
      "machine: pc\nbridges: {main: {neighbours: [{name: disk, slot: 4}], devices: [{device: \"0000:03:00.0\", slot: 4, function: 1}]}}",
      "bridges: {main: {ports: {a: {slot: 4, multifunction: true}, b: {slot: 4, function: 7}}}}",
    ],
    rejects: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:03:00.0\", slot: 4, function: «1»}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4, multifunction: false}, {device: \"0000:03:00.0\", slot: 4, function: «1»}]}}",
      "bridges: {main: {ports: {a: {slot: 4, multifunction: false}, b: {slot: 4, function: «7»}}}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    let places = BusPlaces(guest)
    // A bit for each slot of each bus: whether function 0 is there, and whether it says that there are others. What a
    // neighbour or a chip of the machine says is not ours to know.
    var zero = [UInt32](repeating: 0, count: places.count)
    var multi = zero
    var others = false
    places.forEach { place, subject in
      guard place.slot < 32 else { return }
      guard place.function == 0 else {
        others = true
        return
      }
      let bit: UInt32 = 1 << UInt32(place.slot)
      zero[place.bus] |= bit
      let isMulti =
        switch subject {
        case .machine(let taken): taken.functions != 1
        case .guestIOMMU, .expander: false
        case .neighbour: true
        case .port(let port): guest.ports[port].address.isMultifunction.value
        case .device(let device): guest.devices[device].address.isMultifunction.value
        }
      if isMulti { multi[place.bus] |= bit }
    }
    guard others else { return }
    var hits: [(place: BusPlaces.Place, subject: BusPlaces.Subject)] = []
    places.forEach { place, subject in
      guard place.slot < 32, place.function != 0 else { return }
      if multi[place.bus] & 1 << UInt32(place.slot) == 0 { hits.append((place, subject)) }
    }
    guard !hits.isEmpty else { return }
    let bits = writtenBits(places)
    for (place, subject) in hits {
      let hasZero = zero[place.bus] & 1 << UInt32(place.slot) != 0
      report(place, subject, hasZero: hasZero, bits, places, &findings)
    }
  }

  private static func report(
    _ place: BusPlaces.Place,
    _ subject: BusPlaces.Subject,
    hasZero: Bool,
    _ bits: [BusPlaces.Place: SourceRange],
    _ places: BusPlaces,
    _ findings: inout Findings
  ) {
    let address: ResolvedAddress? =
      switch subject {
      case .port(let port): places.guest.ports[port].address
      case .device(let device): places.guest.devices[device].address
      case .machine, .guestIOMMU, .expander, .neighbour: nil
      }
    // Neighbours are not ours to judge; a function that was chosen is beside one of its own device.
    guard let address else { return }
    let slot = "slot \(place.slot) of bus '\(places.name(ofBus: place.bus))'"
    let bit = bits[BusPlaces.Place(bus: place.bus, slot: place.slot, function: 0)]
    findings.report(
      hasZero
        ? "function \(place.function) of \(slot), whose function 0 says it is the only one"
        : "function \(place.function) of \(slot), which has no function 0",
      at: address.function.range ?? places.range(of: subject),
      notes: bit.map { [.init("function 0 says so here", at: $0)] } ?? [],
      help: [hasZero ? "let function 0 say 'multifunction: true'" : "put something at function 0"],
      fixIts: bit.map { [FixIt("let function 0 say there are others", edits: [.init($0, with: "true")])] }
        ?? []
    )
  }

  /// Where functions 0 say whether they are the only ones, by their places.
  private static func writtenBits(_ places: BusPlaces) -> [BusPlaces.Place: SourceRange] {
    var bits: [BusPlaces.Place: SourceRange] = [:]
    places.forEach { place, subject in
      guard place.function == 0 else { return }
      switch subject {
      case .port(let port): bits[place] = places.guest.ports[port].address.isMultifunction.range
      case .device(let device): bits[place] = places.guest.devices[device].address.isMultifunction.range
      case .machine, .guestIOMMU, .expander, .neighbour: break
      }
    }
    return bits
  }
}
