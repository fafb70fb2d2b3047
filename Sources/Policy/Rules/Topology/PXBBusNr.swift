import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// Bus numbers of expander bridges leave room for what hangs below.
package enum PXBBusNr: GuestRule {
  package static let description = RuleDescription(
    id: "pxb-bus-nr",
    summary: "the bus numbers of expander bridges are 1 to 255, unique, and each leaves room below the next",
    rationale: """
      An expander's own bus, one bus for each port below it and what ports reserve must fit below the next higher
      number, and those of the main root bus below the lowest. QEMU does not look; the guest's firmware drops devices.
      """,
    sources: [
      .document("QEMU 10.0, docs/pcie.txt"),
      .code(project: "QEMU 10.0", place: "hw/pci-bridge/pci_expander_bridge.c: pxb_register_bus"),
    ],
    severity: .error,
    machines: [.q35, .pc, .virt],
    otherwise: "Bus 2 is already in use",
    accepts: [
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64}, b: {kind: pxb-pcie, bus-number: 128}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, devices: [\"0000:02:00.0\"]}, b: {kind: pxb-pcie}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64, ports: {p: {}}}, b: {kind: pxb-pcie, bus-number: 66}}",
    ],
    rejects: [
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64}, b: {kind: pxb-pcie, bus-number: «64»}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64, ports: {p: {}, q: {}}}, b: {kind: pxb-pcie, bus-number: «66»}}",
      "bridges: {main: {ports: {p: {}, q: {}}}, a: {kind: pxb-pcie, bus-number: «2»}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: «0»}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let root = guest.bridges.first(where: { $0.kind.value == .root }) else { return }
    let expanders = guest.bridges.filter { $0.busNumber != nil }
      .sorted { ($0.busNumber?.value ?? 0, $0.index) < ($1.busNumber?.value ?? 0, $1.index) }
    var before = root
    var end = guest.busesNeeded(by: root)
    for bridge in expanders {
      guard let number = bridge.busNumber else { continue }
      if number.value < 1 {
        findings.report("bus number \(number.value), expected 1 to 255", at: number.range ?? bridge.range)
      } else if number.value < end {
        // The later of the two that is written is the one to change.
        let first = before.busNumber?.value ?? 0
        findings.report(
          "bus \(number.value) of '\(bridge.name)' lies in the buses \(first) to \(end - 1) of '\(before.name)'",
          at: number.range ?? before.busNumber?.range ?? bridge.range,
          notes: before.range.map { [.init("'\(before.name)' needs \(end - first) buses", at: $0)] } ?? [],
          help: ["write \(end) or more, or leave 'bus-number' out"]
        )
      }
      before = bridge
      end = max(end, number.value + guest.busesNeeded(by: bridge))
    }
    guard end > 256, let last = expanders.last else { return }
    findings.report(
      "bus numbers up to \(end - 1) are needed, and 255 is the last",
      at: last.busNumber?.range ?? last.range,
      help: ["take lower numbers, or leave 'bus-number' out"]
    )
  }
}
