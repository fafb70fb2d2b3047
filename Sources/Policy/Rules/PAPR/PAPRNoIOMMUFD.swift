import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// A POWER host has no iommufd for its IOMMU, and a pseries guest on it neither.
package enum PAPRNoIOMMUFD: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-no-iommufd",
    summary: "a PAPR host bridge on a POWER host uses an sPAPR TCE container",
    rationale: """
      iommufd knows no sPAPR tables, and the device files it needs cannot be configured together with the sPAPR driver.
      Type1 does not exist on POWER.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/Kconfig: VFIO_DEVICE_CDEV"),
      .document("Linux 6.12, Documentation/driver-api/vfio.rst"),
    ],
    severity: .error,
    machines: [.pseries],
    otherwise: "Parameter 'qom-type' does not accept value 'iommufd'",
    fix: "leave the model open",
    host: .powernv,
    accepts: ["bridges: {net: {index: 1}}", "iommu-model: spapr-tce-v2\nbridges: {net: {index: 1}}"],
    rejects: [
      "bridges: {net: {index: 1, iommu-model: «iommufd»}}",
      "bridges: {net: {index: 1, iommu-model: «type1v2»}}",
      "iommu-model: «iommufd»\nbridges: {net: {index: 1}, store: {index: 2}}",
      "bridges: {net: {index: 1, devices: [{device: \"0002:01:00.0\", iommu-model: «iommufd»}]}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    let isPOWER = configuration.host?.isPOWER ?? (guest.accelerator.value == .kvm)
    guard isPOWER else { return }
    // Said once where the guest's model is inherited by several bridges.
    let own = bridge.configuration.iommuModel?.range
    if let range = own ?? (bridge.index == 0 ? bridge.model.range : nil) {
      judge(bridge.model.value, range, &findings)
    }
    for index in bridge.devices {
      guard let written = guest.devices[index].configuration.iommuModel, !guest.devices[index].isGivenSibling
      else { continue }
      judge(written.value, written.range, &findings)
    }
  }

  private static func judge(_ model: IOMMUModel, _ range: SourceRange, _ findings: inout Findings) {
    guard !model.isSPAPR else { return }
    findings.report(
      "IOMMU model '\(model.rawValue)' is asked for, and a POWER host offers sPAPR TCE only",
      at: range,
      help: ["delete 'iommu-model'; v2 is tried first, then v1"],
      fixIts: [FixIt("leave the model open", edits: [.init(range, with: "auto")])]
    )
  }
}
