import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// Every member of a group that is used leaves the host.
package enum GroupNotViable: GroupRule {
  package static let description = RuleDescription(
    id: "group-not-viable",
    summary: "no member of an assigned device's group stays on a host driver",
    rationale: """
      A group is the smallest set the IOMMU can keep apart: what one member maps the others reach. So the kernel hands
      it out whole. A member without a driver, on a VFIO driver or on a port driver is in nobody's way.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/iommu/iommu.c: iommu_group_claim_dma_owner"),
      .code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_get_group"),
    ],
    severity: .error,
    requires: ["iommu-off", "device-exists"],
    needs: ["groups[].members", "devices[].driver"],
    otherwise: """
      group 14 is not viable
      Please ensure all devices within the iommu_group are bound to their vfio bus driver.
      VFIO_GROUP_SET_CONTAINER: Operation not permitted
      VFIO_DEVICE_BIND_IOMMUFD: Operation not permitted
      """,
    host: .x86,
    accepts: [
      "bridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "bridges: {main: {devices: [{device: \"0000:04:00.0\", siblings: park}]}}",
      "bridges: {main: {devices: [{device: \"0000:04:00.0\", siblings: give}]}}",
      "bridges: {main: {devices: [\"0000:04:00.0\", \"0000:04:00.1\"]}}",
      Example("bridges: {main: {devices: [\"0000:07:00.0\"]}}", host: .x86SharedGroup),
    ],
    rejects: [
      "bridges: {main: {devices: [«\"0000:04:00.0\"»]}}",
      "bridges: {main: {devices: [{device: «\"0000:04:00.1\"», siblings: refuse}]}}",
      Example("bridges: {main: {devices: [«\"0000:08:00.0\"»]}}", host: .x86SharedGroup),
    ]
  )

  package static func check(
    _ group: ResolvedGroup,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let first = group.devices.first, let host = configuration.host else { return }
    for member in group.members where member.role == .unknown {
      findings.needs("driver of \(member.address)")
    }
    for other in host.groups?[group.hostGroup].others ?? [] { findings.needs("driver of '\(other)'") }
    let blockers = group.members.filter { if case .blocks = $0.role { true } else { false } }
    guard let blocker = blockers.first else { return }
    let device = guest.devices[first]
    // No fix-it: it would give the file's consent to take more devices from the host than it names.
    findings.report(
      "the IOMMU group of \(device.referenceText) is not viable",
      at: device.range,
      label:
        "\(blocker.address) stays on a host driver\(blockers.count > 1 ? ", and \(blockers.count - 1) more" : "")",
      facts: table(group, guest, host),
      help: ["add 'siblings: give' (the guest gets them) or 'siblings: park' (vfio-pci, used by nobody)"]
    )
  }

  /// The members, what they are, and what becomes of them.
  static func table(_ group: ResolvedGroup, _ guest: ResolvedGuest, _ host: HostSnapshot) -> [String] {
    ["its members on this host:"]
      + group.members.map { member in
        let facts = member.hostDevice.map { host.devices[$0] }
        let name =
          facts?.identity.map { "\($0.vendor):\($0.device) class \($0.classCode.prefix(4))" } ?? "unknown"
        let driver = facts?.driver.map { $0.name ?? "no driver" } ?? "driver unknown"
        return "\(member.address)  \(name)  \(driver)  \(fate(member.role, guest))"
      }
  }

  private static func fate(_ role: ResolvedGroup.Role, _ guest: ResolvedGuest) -> String {
    switch role {
    case .assigned(let device): "-> \(guest.devices[device].driver.value) (planned)"
    case .assignedElsewhere: "given to another guest"
    case .parked: "-> vfio-pci (parked)"
    case .stays: "may stay"
    case .blocks: "blocks: not in the file"
    case .unknown: "not known"
    }
  }
}
