import Diagnostics
import HostInventory
package import Resolution

/// All assigned devices of a group go to one guest.
package enum GroupSplitAcrossGuests: FileRule {
  package static let description = RuleDescription(
    id: "group-split-across-guests",
    summary: "the devices of one IOMMU group are given to one guest",
    rationale: """
      A group has one owner: its device file can be opened once, and members are not isolated from each other, so one
      guest's device would reach the other guest's memory.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/group.c: vfio_group_fops_open"),
      .code(project: "libvirt 11.3", place: "src/hypervisor/virhostdev.c: virHostdevIsPCINodeDeviceUsed"),
    ],
    severity: .error,
    needs: ["groups[].members"],
    otherwise: """
      Could not open '/dev/vfio/14': Device or resource busy
      PCI device 0000:01:00.1 is in use by driver QEMU, domain a
      """,
    host: .x86,
    accepts: [
      """
      guests:
        a: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:01:00.0", "0000:01:00.1"]}}}
        b: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:02:00.0"]}}}
      """,
      """
      guests:
        a: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:05:02.0"]}}}
        b: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:05:02.1"]}}}
      """,
    ],
    rejects: [
      """
      guests:
        a: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:01:00.0"]}}}
        b: {machine: q35, memory: 1GiB, bridges: {main: {devices: [«"0000:01:00.1"»]}}}
      """,
      """
      guests:
        a: {machine: q35, memory: 1GiB, bridges: {main: {devices: ["0000:04:00.1"]}}}
        b: {machine: q35, memory: 1GiB, bridges: {main: {devices: [{device: «"0000:04:00.0"»}]}}}
      """,
    ]
  )

  package static func check(_ configuration: ResolvedConfiguration, _ findings: inout Findings) {
    if let host = configuration.host, host.groups == nil,
      configuration.guests.lazy.filter({ !$0.devices.isEmpty }).dropFirst().first != nil
    {
      findings.needs("IOMMU groups")
    }
    for (hostGroup, users) in configuration.groupUsers.enumerated() where users.count > 1 {
      guard let first = device(of: hostGroup, in: configuration.guests[users[0]]) else { continue }
      let owner = configuration.guests[users[0]]
      for user in users.dropFirst() {
        guard let other = device(of: hostGroup, in: configuration.guests[user]), other.firstUse == nil else {
          continue
        }
        findings.report(
          "the IOMMU group of \(other.referenceText) is split between guests '\(owner.name)' and '\(configuration.guests[user].name)'",
          at: other.range,
          notes: [
            .init(
              "\(first.referenceText) of the same group is given to '\(owner.name)' here",
              at: first.range
            )
          ],
          help: ["give all its devices to one guest"]
        )
      }
    }
  }

  private static func device(of hostGroup: Int, in guest: ResolvedGuest) -> ResolvedDevice? {
    guest.groups.first { $0.hostGroup == hostGroup }?.devices.first.map { guest.devices[$0] }
  }
}
