import Diagnostics
import GuestSchema
package import Resolution

/// A slot with further functions has function 0, and it says so.
package enum Multifunction: GuestRule {
  package static let description = RuleDescription(
    id: "multifunction",
    summary: "a slot whose functions above 0 are used has function 0, with its multifunction bit on",
    rationale:
      "A guest looks at further functions only where function 0 is there and says that there are others.",
    sources: [.code(project: "QEMU 10.0", place: "hw/pci/pci.c: pci_init_multifunction")],
    severity: .error,
    requires: ["port-known"],
    otherwise: "PCI: single function device can't be populated in function 3.1",
    accepts: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4}, {device: \"0000:03:00.0\", slot: 4, function: 1}]}}",
      "machine: pc\nbridges: {main: {neighbours: [{name: disk, slot: 4}], devices: [{device: \"0000:03:00.0\", slot: 4, function: 1}]}}",
    ],
    rejects: [
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:03:00.0\", slot: 4, function: «1»}]}}",
      "machine: pc\nbridges: {main: {devices: [{device: \"0000:02:00.0\", slot: 4, multifunction: false}, {device: \"0000:03:00.0\", slot: 4, function: «1»}]}}",
    ]
  )

  private struct Slot: Hashable {
    var bus: String
    var slot: Int
  }

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    // What function 0 of a slot says of further functions; a neighbour's is not ours to know.
    var zeros: [Slot: Bool] = [:]
    for bridge in guest.bridges {
      for neighbour in bridge.configuration.neighbours where neighbour.function?.value ?? 0 == 0 {
        guard let slot = neighbour.slot?.value else { continue }
        zeros[Slot(bus: neighbour.port?.value ?? bridge.bus, slot: slot)] = true
      }
    }
    let addresses = guest.ports.map { ($0.address, $0.range) } + guest.devices.map { ($0.address, $0.range) }
    for (address, _) in addresses where address.function.value == 0 {
      zeros[Slot(bus: address.bus, slot: address.slot.value)] = address.isMultifunction.value
    }
    for (address, range) in addresses where address.function.value != 0 {
      let zero = zeros[Slot(bus: address.bus, slot: address.slot.value)]
      guard zero != true else { continue }
      let slot = "slot \(address.slot.value) of bus '\(address.bus)'"
      findings.report(
        zero == nil
          ? "function \(address.function.value) of \(slot), which has no function 0"
          : "function \(address.function.value) of \(slot), whose function 0 says it is the only one",
        at: address.function.range ?? range,
        help: [zero == nil ? "put a device at function 0" : "delete 'multifunction: false' of function 0"]
      )
    }
  }
}
