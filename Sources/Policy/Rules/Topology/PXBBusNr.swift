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
      A bridge that is no expander has no number to be given.
      """,
    sources: [
      .document("QEMU 10.0, docs/pcie.txt"),
      .code(project: "QEMU 10.0", place: "hw/pci-bridge/pci_expander_bridge.c: pxb_register_bus"),
    ],
    severity: .error,
    requires: ["machine-known"],
    otherwise: """
      Bus 2 is already in use
      nothing, where they only overlap: the guest's firmware leaves devices out
      """,
    fix: "leave the bus number open",
    accepts: [
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64}, b: {kind: pxb-pcie, bus-number: 128}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, devices: [\"0000:02:00.0\"]}, b: {kind: pxb-pcie}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64, ports: {p: {}}}, b: {kind: pxb-pcie, bus-number: 66}}",
      "bridges: {main: {ports: {p: {}, q: {reserve: {buses: 4}}}}, a: {kind: pxb-pcie, bus-number: 7}}",
      "machine: pc\nbridges: {main: {}, a: {kind: pxb, bus-number: 64}, b: {kind: pxb, bus-number: 66}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 255}}",
    ],
    rejects: [
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64}, b: {kind: pxb-pcie, bus-number: «64»}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: 64, ports: {p: {}, q: {}}}, b: {kind: pxb-pcie, bus-number: «66»}}",
      "bridges: {main: {ports: {p: {}, q: {}}}, a: {kind: pxb-pcie, bus-number: «2»}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: «0»}}",
      "bridges: {main: {ports: {p: {}, q: {reserve: {buses: 4}}}}, a: {kind: pxb-pcie, bus-number: «6»}}",
      "machine: pc\nbridges: {main: {}, a: {kind: pxb, bus-number: 64}, b: {kind: pxb, bus-number: «65»}}",
      "bridges: {main: {}, a: {kind: pxb-pcie, bus-number: «255», ports: {p: {}}}}",
      "bridges: {main: {kind: root, bus-number: «3»}}",
      "machine: pseries\nbridges: {net: {index: 1, bus-number: «3»}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    for bridge in guest.bridges where bridge.busNumber == nil {
      guard let written = bridge.configuration.busNumber else { continue }
      report(
        "bus number \(written.value) of '\(bridge.name)', a bridge of kind '\(bridge.kind.value.rawValue)'",
        at: written.range,
        isWritten: true,
        help: "delete 'bus-number'; only expanders have one",
        &findings
      )
    }
    guard let root = guest.bridges.first(where: { $0.kind.value == .root }),
      guest.bridges.contains(where: { $0.busNumber != nil })
    else { return }
    checkRoom(guest, root, &findings)
  }

  /// Goes up the numbers and looks whether each tree of buses ends below the next.
  private static func checkRoom(_ guest: ResolvedGuest, _ root: ResolvedBridge, _ findings: inout Findings) {
    let expanders = guest.bridges.filter { $0.busNumber != nil }
      .sorted { ($0.busNumber?.value ?? 0, $0.index) < ($1.busNumber?.value ?? 0, $1.index) }
    var before = root
    var end = guest.busesNeeded(by: root)
    for bridge in expanders {
      guard let number = bridge.busNumber else { continue }
      // Of two numbers the one that is written is the one to change, the later of two that are.
      let place = number.range ?? before.busNumber?.range
      if number.value < 1 {
        report(
          "bus number \(number.value), expected 1 to 255",
          at: place ?? bridge.range,
          isWritten: place != nil,
          help: "leave 'bus-number' out",
          &findings
        )
      } else if number.value < end {
        let first = before.busNumber?.value ?? 0
        report(
          "bus \(number.value) of '\(bridge.name)' lies in the buses \(first) to \(end - 1) of '\(before.name)'",
          at: place ?? bridge.range,
          isWritten: place != nil,
          notes: before.range.map { [.init("'\(before.name)' needs \(end - first) buses", at: $0)] } ?? [],
          help: end < 256 ? "write \(end) or more, or leave 'bus-number' out" : "leave 'bus-number' out",
          &findings
        )
      }
      before = bridge
      end = max(end, number.value + guest.busesNeeded(by: bridge))
    }
    guard end > 256, let last = expanders.last else { return }
    report(
      "bus numbers up to \(end - 1) are needed, and 255 is the last",
      at: last.busNumber?.range ?? last.range,
      isWritten: last.busNumber?.range != nil,
      help: "take lower numbers, or leave 'bus-number' out",
      &findings
    )
  }

  /// A number that is written can be left open instead.
  private static func report(
    _ message: String,
    at range: SourceRange?,
    isWritten: Bool,
    notes: [Diagnostic.Note] = [],
    help: String,
    _ findings: inout Findings
  ) {
    let fix = range.map { FixIt("leave the bus number open", edits: [.init($0, with: "auto")]) }
    findings.report(
      message,
      at: range,
      notes: notes,
      help: [help],
      fixIts: isWritten ? [fix].compactMap(\.self) : []
    )
  }
}
