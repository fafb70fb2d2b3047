import Diagnostics
import GuestSchema
package import Resolution

/// A port that is named exists.
package enum PortKnown: GuestRule {
  package static let description = RuleDescription(
    id: "port-known",
    summary:
      "the port a device, a neighbour or another port names is one of the bridge's, and none hangs from itself",
    rationale: "What hangs from nothing is on no bus of the guest.",
    sources: [.code(project: "QEMU 10.0", place: "system/qdev-monitor.c: qbus_find")],
    severity: .error,
    otherwise: "Bus 'rp9' not found",
    accepts: [
      "bridges: {main: {ports: {rp1: {}}, devices: [{device: \"0000:02:00.0\", port: rp1}]}}",
      "bridges: {main: {ports: {up: {kind: upstream, parent: rp1}, rp1: {}, down: {kind: downstream, parent: up}}}}",
    ],
    rejects: [
      "bridges: {main: {ports: {rp1: {}}, devices: [{device: \"0000:02:00.0\", port: «rp2»}]}}",
      "bridges: {main: {ports: {a: {parent: «b»}, b: {parent: «a»}}}}",
      "bridges: {main: {ports: {rp1: {}}}, more: {ports: {rp2: {parent: «rp1»}}}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    for bridge in guest.bridges {
      let names = bridge.configuration.ports.map(\.name.value)
      let rooted = rooted(bridge)
      for port in bridge.configuration.ports {
        guard let parent = port.parent, !rooted.contains(port.name.value) else { continue }
        let isCircle = names.contains(parent.value)
        findings.report(
          isCircle
            ? "port '\(port.name.value)' hangs from itself, by way of '\(parent.value)'"
            : "bridge '\(bridge.name)' has no port '\(parent.value)'",
          at: parent.range,
          help: help(parent.value, names)
        )
      }
      let used =
        bridge.configuration.devices.compactMap(\.port) + bridge.configuration.neighbours.compactMap(\.port)
      for port in used where !names.contains(port.value) {
        findings.report(
          "bridge '\(bridge.name)' has no port '\(port.value)'",
          at: port.range,
          help: help(port.value, names)
        )
      }
    }
  }

  /// The names of the ports that lead up to the root bus.
  private static func rooted(_ bridge: ResolvedBridge) -> Set<String> {
    var rooted: Set<String> = []
    var rest = bridge.configuration.ports
    while true {
      let ready = rest.filter { $0.parent.map { rooted.contains($0.value) } ?? true }
      guard !ready.isEmpty else { return rooted }
      rooted.formUnion(ready.map(\.name.value))
      rest.removeAll { rooted.contains($0.name.value) }
    }
  }

  private static func help(_ name: String, _ names: [String]) -> [String] {
    NearestWord.of(name, in: names).map { ["did you mean '\($0)'?"] }
      ?? (names.isEmpty ? ["name it under 'ports'"] : ["its ports: \(names.joined(separator: ", "))"])
  }
}
