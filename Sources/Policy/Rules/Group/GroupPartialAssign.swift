import Diagnostics
import HostInventory
package import Resolution

/// A member that nobody is given is lost to the host too.
package enum GroupPartialAssign: GroupRule {
  package static let description = RuleDescription(
    id: "group-partial-assign",
    summary: "members of an assigned device's group that no guest is given are named",
    rationale: """
      They leave the host's drivers with the rest of the group and serve nobody; they may also stand in the way of a
      reset of the whole device.
      """,
    sources: [.document("Linux 6.12, Documentation/driver-api/vfio.rst")],
    severity: .warning,
    requires: ["group-not-viable"],
    needs: ["groups[].members"],
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [\"0000:01:00.0\", \"0000:01:00.1\"]}}",
      "bridges: {main: {devices: [{device: \"0000:01:00.0\", siblings: park}]}}",
      "bridges: {main: {devices: [\"0000:02:00.0\"]}}",
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
      member.role == .stays && member.hostDevice.map { host.devices[$0].isBridge == false } ?? false
    }
    guard let member = idle.first else { return }
    findings.report(
      "\(member.address) is of the same IOMMU group and given to no guest",
      at: guest.devices[first].range,
      help: ["say what becomes of it: 'siblings: park', or 'siblings: give'"]
    )
  }
}
