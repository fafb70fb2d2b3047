import Diagnostics
package import Resolution

/// A place on a bus holds one thing.
package enum SlotConflict: GuestRule {
  package static let description = RuleDescription(
    id: "slot-conflict",
    summary: "no two things of a guest have one bus, slot and function",
    rationale: """
      A function of a slot of a bus is one device. The machine's own chips, a guest IOMMU that is a PCI device, and
      expander bridges have their places too.
      """,
    sources: [.code(project: "QEMU 10.0", place: "hw/pci/pci.c: do_pci_register_device")],
    severity: .error,
    requires: ["port-known"],
    otherwise: """
      PCI: slot 2 function 0 not available for vfio-pci, in use by pcie-root-port,id=rp1
      Attempted double use of PCI Address 0000:00:02.0
      """,
    accepts: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4}, {device: \"0000:03:00.0\", slot: 5}]}}",
      "machine: pc\nbridges: {main: {neighbours: [{name: disk, slot: 3}], devices: [\"0000:02:00.0\"]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 2}]}}",
      "bridges: {main: {ports: {a: {slot: 5}, b: {slot: 5, function: 1}, c: {parent: a, kind: upstream}}}}",
    ],
    rejects: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4}, {device: \"0000:03:00.0\", slot: «4»}]}}",
      "machine: pc\nbridges: {main: {neighbours: [{name: disk, slot: 3}], devices: [{device: \"0000:02:00.0\", slot: «3»}]}}",
      "bridges: {main: {ports: {a: {slot: 5}, b: {slot: «5»}}}}",
      "machine: pc\nvga: std\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: «2»}]}}",
      "machine: pc\nbridges: {main: {neighbours: [{name: disk, slot: «1»}]}}",
      "viommu: {model: virtio, slot: 6}\nbridges: {main: {ports: {a: {slot: «6»}}}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    let places = BusPlaces(guest)
    // A bit for each of the 256 functions of each bus.
    var taken = [UInt64](repeating: 0, count: places.count * 4)
    var collisions: [(place: BusPlaces.Place, subject: BusPlaces.Subject)] = []
    places.forEach { place, subject in
      // A slot past 31 is another rule's.
      guard place.slot < 32 else { return }
      let number = place.slot * 8 + place.function
      let word = place.bus * 4 + number / 64
      let bit: UInt64 = 1 << UInt64(number % 64)
      if taken[word] & bit != 0 { collisions.append((place, subject)) }
      taken[word] |= bit
    }
    guard !collisions.isEmpty else { return }
    // Who was there first, in one more walk for all of them.
    let contested = Set(collisions.map(\.place))
    var holders: [BusPlaces.Place: BusPlaces.Subject] = [:]
    places.forEach { place, subject in
      if contested.contains(place), holders[place] == nil { holders[place] = subject }
    }
    for (place, subject) in collisions {
      if let first = holders[place] { report(place, subject, first, places, &findings) }
    }
  }

  private static func report(
    _ place: BusPlaces.Place,
    _ subject: BusPlaces.Subject,
    _ first: BusPlaces.Subject,
    _ places: BusPlaces,
    _ findings: inout Findings
  ) {
    let name = places.name(of: subject)
    let bus = places.name(ofBus: place.bus)
    let written = places.writtenPlace(of: subject)
    guard written != nil || places.writtenPlace(of: first) != nil else {
      // Both were placed for want of a better one: the bus is full.
      findings.report(
        "no slot of bus '\(bus)' is left for \(name)",
        at: places.range(of: subject),
        help: ["put it below another bridge or port"]
      )
      return
    }
    let holder = places.name(of: first)
    let note = places.writtenPlace(of: first) ?? places.range(of: first)
    findings.report(
      "\(name) and \(holder) are both at slot \(place.slot) function \(place.function) of bus '\(bus)'",
      at: written ?? places.range(of: subject),
      notes: note.map { [.init("\(holder) is here", at: $0)] } ?? [],
      help: ["give one of them another slot, or leave 'slot' out"]
    )
  }
}
