import Diagnostics
package import Resolution
import VFIOTypes

/// Within a guest, the devices of one group see the same address space.
package enum GroupInTwoAddressSpaces: GroupRule {
  package static let description = RuleDescription(
    id: "group-in-two-address-spaces",
    summary: "the devices of one IOMMU group end in one address space of the guest",
    rationale: """
      A group joins one container, and a container is one set of mappings. On PAPR every host bridge has its own; with
      another guest IOMMU every requester has.
      """,
    sources: [.code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_get_group")],
    severity: .error,
    requires: ["group-not-viable"],
    needs: ["groups[].members"],
    otherwise: """
      vfio 0001:01:00.1: group 4 used in multiple address spaces
      error attach 0000:01:00.1 to id=2: Invalid argument
      """,
    host: .powernv,
    accepts: [
      "bridges:\n  net: {index: 1, devices: [\"0001:01:00.0\", \"0001:01:00.1\"]}",
      Example("bridges: {main: {devices: [\"0000:01:00.0\", \"0000:01:00.1\"]}}", host: .x86),
      Example(
        """
        viommu: {model: intel}
        bridges:
          main:
            ports: {rp: {}, br: {kind: pcie-pci-bridge, parent: rp}}
            devices:
              - {device: "0000:01:00.0", port: br, slot: 1, function: 0}
              - {device: "0000:01:00.1", port: br, slot: 1, function: 1}
        """,
        host: .x86
      ),
    ],
    rejects: [
      """
      bridges:
        net: {index: 1, devices: ["0001:01:00.0"]}
        store: {index: 2, devices: [«"0001:01:00.1"»]}
      """,
      Example(
        """
        viommu: {model: intel}
        bridges: {main: {devices: ["0000:01:00.0", «"0000:01:00.1"»]}}
        """,
        host: .x86
      ),
    ]
  )

  package static func check(
    _ group: ResolvedGroup,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard group.addressSpaces.count > 1, let first = group.devices.first.map({ guest.devices[$0] }) else {
      return
    }
    guard
      let other = group.devices.map({ guest.devices[$0] }).first(where: {
        $0.addressSpace != first.addressSpace
      })
    else { return }
    let isPAPR = guest.guestIOMMU == .papr
    findings.report(
      "\(other.referenceText) and \(first.referenceText) are of one IOMMU group and end in two address spaces",
      at: other.range,
      label: isPAPR ? "below host bridge '\(guest.bridges[other.bridge].name)'" : "",
      notes: [
        .init(
          isPAPR ? "below host bridge '\(guest.bridges[first.bridge].name)' here" : "the other one here",
          at: first.range
        )
      ],
      help: [
        isPAPR
          ? "put both below one host bridge"
          : guest.guestIOMMU == .intel
            ? "put both behind one 'pcie-pci-bridge' port, where they share a requester id, or below a bridge in map-all use"
            : "put both below a bridge in map-all use"
      ]
    )
  }
}
