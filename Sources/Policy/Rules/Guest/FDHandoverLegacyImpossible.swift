import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// A hypervisor is given descriptors of iommufd, or none.
package enum FDHandoverLegacyImpossible: GuestRule {
  package static let description = RuleDescription(
    id: "fd-handover-legacy-impossible",
    summary: "what is handed to a hypervisor are descriptors of iommufd",
    rationale: """
      A hypervisor opens containers and groups itself, and the kernel lets a group be open once. What it can be given \
      opened are an iommufd and the nodes of devices, bound to nothing yet. A virtual machine monitor that takes \
      containers, as one written on the VFIO core may, gets them over a socket.
      """,
    sources: [
      .code(project: "QEMU 10.0", place: "hw/vfio/helpers.c: vfio_device_get_name"),
      .code(project: "QEMU 10.0", place: "hw/vfio/container.c: vfio_connect_container, vfio_get_group"),
    ],
    severity: .error,
    requires: ["papr-no-iommufd"],
    otherwise: "Use FD passing only with iommufd backend",
    host: .x86,
    accepts: [
      "pass-descriptors: true\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "pass-descriptors: true\niommu-model: iommufd\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "iommu-model: type1v2\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
    ],
    rejects: [
      "pass-descriptors: «true»\niommu-model: type1v2\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "pass-descriptors: «true»\nbridges: {main: {iommu-model: type1v2, devices: [\"0000:02:00.0\"]}}",
      Example(
        "pass-descriptors: «true»\nbridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}}",
        host: .powernv
      ),
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let written = guest.configuration.passDescriptors, written.value,
      let container = guest.containers.first(where: { $0.model.value != .iommufd && !$0.groups.isEmpty })
    else { return }
    let model = container.model
    findings.report(
      "descriptors are to be handed over, and container '\(container.name.value)' is of the model "
        + "'\(model.value.rawValue)', whose descriptors no hypervisor takes",
      at: written.range,
      notes: model.range.map { [Diagnostic.Note("the model is asked for here", at: $0)] } ?? [],
      help: [
        model.value.isSPAPR
          ? "delete 'pass-descriptors': there is no iommufd for sPAPR, and the hypervisor opens the groups itself"
          : "write 'iommu-model: iommufd', or delete 'pass-descriptors': the hypervisor then opens the groups itself"
      ]
    )
  }
}
