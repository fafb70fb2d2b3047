import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// A guest whose IOMMU is built in takes no IOMMU device.
package enum PAPRNoVIOMMUDevice: GuestRule {
  package static let description = RuleDescription(
    id: "papr-no-viommu-device",
    summary: "a pseries guest has no 'viommu'",
    rationale: "Every host bridge of a pseries guest has an IOMMU of its own; there is none to add.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr_pci.c: spapr_phb_realize")],
    severity: .error,
    machines: [.pseries],
    otherwise: "'intel-iommu' is not a valid device model name",
    fix: "write 'none'",
    host: .powernv,
    accepts: ["bridges: {net: {index: 1}}", "viommu: {model: none}"],
    rejects: ["viommu: {model: «intel»}", "viommu: {model: «virtio»}"]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let model = guest.configuration.viommu?.model, model.value != .none else { return }
    findings.report(
      "an IOMMU device '\(model.value.rawValue)' on a pseries guest, whose host bridges have their own",
      at: model.range,
      help: ["delete 'viommu'"],
      fixIts: [FixIt("leave it out", edits: [.init(model.range, with: "none")])]
    )
  }
}
