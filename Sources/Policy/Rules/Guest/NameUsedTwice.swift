import Diagnostics
import GuestSchema
package import Resolution

/// A name stands for one thing of a guest.
package enum NameUsedTwice: GuestRule {
  package static let description = RuleDescription(
    id: "name-used-twice",
    summary: "host bridges, ports and devices of a guest have names of their own",
    rationale: """
      The name of each is its id among the hypervisor's arguments and the id of the bus below it, and ids of one \
      machine are one set, whatever they stand for.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "util/qemu-option.c: qemu_opts_create; hw/core/qdev.c: qdev_set_id")
    ],
    severity: .error,
    requires: ["device-used-twice"],
    otherwise: "Duplicate device ID 'disk'",
    accepts: [
      "bridges: {main: {devices: [{device: \"0000:01:00.0\", name: disk}, {device: \"0000:02:00.0\", name: net}]}}",
      """
      guests:
        a: {machine: q35, memory: 1GiB, bridges: {main: {devices: [{device: "0000:01:00.0", name: disk}]}}}
        b: {machine: q35, memory: 1GiB, bridges: {main: {devices: [{device: "0000:02:00.0", name: disk}]}}}
      """,
    ],
    rejects: [
      "bridges: {main: {devices: [{device: \"0000:01:00.0\", name: disk}, {device: \"0000:02:00.0\", name: «disk»}]}}",
      """
      bridges:
        main:
          ports: {disk: {kind: root-port, slot: 4}}
          devices: [{device: "0000:01:00.0", name: «disk»}]
      """,
      """
      bridges:
        main: {devices: [«"0000:01:00.0"»]}
        main-0: {kind: pxb-pcie}
      """,
    ]
  )

  /// A thing with a name: what it is, and where that is written.
  private typealias Named = (kind: String, range: SourceRange?)

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    var first: [String: Named] = [:]
    func note(_ name: String, _ kind: String, _ range: SourceRange?) {
      guard let other = first[name] else {
        first[name] = (kind, range)
        return
      }
      // Ports that are made for devices of one name: the devices are reported.
      guard range != nil || other.range != nil else { return }
      findings.report(
        "\(kind) '\(name)' has the name of a \(other.kind)",
        at: range ?? other.range,
        notes: range == nil
          ? [] : other.range.map { [.init("the \(other.kind) is named here", at: $0)] } ?? [],
        help: ["give one of the two another name"]
      )
    }
    // The built-in bridge is no argument, so its name is free.
    for index in guest.bridges.indices where !guest.bridges[index].isBuiltIn {
      note(guest.bridges[index].name, "host bridge", guest.bridges[index].range)
    }
    for index in guest.ports.indices { note(guest.ports[index].name, "port", guest.ports[index].range) }
    for index in guest.devices.indices {
      let written = guest.devices[index].configuration
      let isNamed = written.name != nil && !guest.devices[index].isGivenSibling
      note(guest.devices[index].name, "device", isNamed ? written.name?.range : guest.devices[index].range)
    }
  }
}
