import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// A member that nobody is given is lost to the host too.
package enum GroupPartialAssign: GroupRule {
  package static let description = RuleDescription(
    id: "group-partial-assign",
    summary:
      "a member of an assigned device's group that is on a VFIO driver is given to a guest, or parked by name",
    rationale: """
      Such a member has left the host's driver, and serves nobody; it may also stand in the way of a reset of the whole
      device. One without a driver, and a port, serve nobody anyhow.
      """,
    sources: [.document("Linux 6.12, Documentation/driver-api/vfio.rst")],
    severity: .warning,
    requires: ["group-not-viable"],
    needs: ["groups[].members"],
    otherwise: "nothing: a function of the device is dead for the host and for every guest",
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [\"0000:01:00.0\", \"0000:01:00.1\"]}}",
      "bridges: {main: {devices: [{device: \"0000:01:00.0\", siblings: park}]}}",
      "bridges: {main: {devices: [\"0000:02:00.0\"]}}",
      Example("bridges: {main: {devices: [\"0000:07:00.0\"]}}", host: .x86SharedGroup),
    ],
    rejects: [
      "bridges: {main: {devices: [«\"0000:01:00.0\"»]}}",
      "bridges: {main: {devices: [{device: «\"0000:01:00.1\"»}]}}",
    ]
  )

  package static func check(
    _ group: ResolvedGroup,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let host = configuration.host, let first = group.devices.first else { return }
    let idle = group.members.filter { member in
      guard member.role == .stays, let facts = member.hostDevice.map({ host.devices[$0] }) else {
        return false
      }
      return facts.isBridge != true && (facts.isOnVFIODriver == true || facts.driver == .bound("vfio-pci"))
    }
    guard let member = idle.first else { return }
    findings.report(
      idle.count == 1
        ? "\(member.address) is of the same IOMMU group, on a VFIO driver, and given to no guest"
        : "\(idle.count) more members of the IOMMU group are on a VFIO driver and given to no guest",
      at: guest.devices[first].range,
      facts: idle.count == 1 ? [] : ["they are:"] + idle.map(\.address.description),
      help: ["say what becomes of it: 'siblings: park', or 'siblings: give'"]
    )
  }
}
