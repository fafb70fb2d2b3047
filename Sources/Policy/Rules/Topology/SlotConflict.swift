import Diagnostics
import GuestSchema
package import Resolution

/// A place on a bus holds one thing.
package enum SlotConflict: GuestRule {
  package static let description = RuleDescription(
    id: "slot-conflict",
    summary: "no two things of a guest have one bus, slot and function",
    rationale: "A function of a bus is one device.",
    sources: [.code(project: "QEMU 10.0", place: "hw/pci/pci.c: do_pci_register_device")],
    severity: .error,
    requires: ["port-known"],
    otherwise: "PCI: slot 2 function 0 not available for vfio-pci, in use by pcie-root-port",
    accepts: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4}, {device: \"0000:03:00.0\", slot: 5}]}}",
      "machine: pc\nbridges: {main: {neighbours: [{name: disk, slot: 3}], devices: [\"0000:02:00.0\"]}}",
    ],
    rejects: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4}, {device: \"0000:03:00.0\", slot: «4»}]}}",
      "machine: pc\nbridges: {main: {neighbours: [{name: disk, slot: 3}], devices: [{device: \"0000:02:00.0\", slot: «3»}]}}",
      "bridges: {main: {ports: {a: {slot: 5}, b: {slot: «5»}}}}",
    ]
  )

  fileprivate struct Place: Hashable {
    var bus: String
    var slot: Int
    var function: Int
  }

  private struct Occupant {
    var name: String
    var range: SourceRange?
  }

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    var taken: [Place: Occupant] = [:]
    taken.reserveCapacity(guest.devices.count + guest.ports.count)
    for bridge in guest.bridges {
      for neighbour in bridge.configuration.neighbours {
        guard let slot = neighbour.slot else { continue }
        let place = Place(
          bus: neighbour.port?.value ?? bridge.bus,
          slot: slot.value,
          function: neighbour.function?.value ?? 0
        )
        take(place, "'\(neighbour.name.value)'", slot.range, &taken, &findings)
      }
    }
    for port in guest.ports {
      take(Place(port.address), "port '\(port.name)'", port.address.range ?? port.range, &taken, &findings)
    }
    for device in guest.devices {
      take(
        Place(device.address),
        "device '\(device.name)'",
        device.address.range ?? device.range,
        &taken,
        &findings
      )
    }
  }

  private static func take(
    _ place: Place,
    _ name: String,
    _ range: SourceRange?,
    _ taken: inout [Place: Occupant],
    _ findings: inout Findings
  ) {
    guard let other = taken[place] else {
      taken[place] = Occupant(name: name, range: range)
      return
    }
    findings.report(
      "\(name) and \(other.name) are both at slot \(place.slot) function \(place.function) of bus '\(place.bus)'",
      at: range,
      notes: other.range.map { [.init("\(other.name) is here", at: $0)] } ?? [],
      help: ["give one of them another slot, or leave 'slot' out"]
    )
  }
}

extension SlotConflict.Place {
  fileprivate init(_ address: ResolvedAddress) {
    self.init(bus: address.bus, slot: address.slot.value, function: address.function.value)
  }
}

extension ResolvedAddress {
  /// Where its slot or function is written; nil where both were chosen.
  var range: SourceRange? { slot.range ?? function.range }
}
