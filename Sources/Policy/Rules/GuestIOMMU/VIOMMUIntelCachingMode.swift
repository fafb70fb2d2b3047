import Diagnostics
package import Resolution
import VFIOTypes

/// intel-iommu with an assigned device tells of every mapping.
package enum VIOMMUIntelCachingMode: GuestRule {
  package static let description = RuleDescription(
    id: "viommu-intel-caching-mode",
    summary: "intel-iommu with an assigned device has caching mode on",
    rationale: """
      Without caching mode the guest does not tell of new mappings, so the hypervisor could not follow them. It is
      demanded even if every assigned device sits on a bridge that bypasses the guest IOMMU.
      """,
    sources: [.code(project: "QEMU 10.0", place: "hw/i386/intel_iommu.c: vtd_machine_done_notify_one")],
    severity: .error,
    machines: [.q35, .pc],
    otherwise:
      "We need to set caching-mode=on for intel-iommu to enable device assignment with IOMMU protection.",
    fix: "turn caching mode on",
    accepts: [
      "viommu: {model: intel}\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "viommu: {model: intel, caching-mode: false}",
      "viommu: {model: intel, caching-mode: true}\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
    ],
    rejects: [
      "viommu: {model: intel, caching-mode: «false»}\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "viommu: {model: intel, caching-mode: «false»}\nbridges: {main: {iommu-use: map-all, devices: [\"0000:02:00.0\"]}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard guest.guestIOMMU == .intel, let mode = guest.viommu?.cachingMode, !mode.value,
      let range = mode.range,
      let device = guest.devices.first
    else { return }
    findings.report(
      "caching mode of intel-iommu is off, and guest '\(guest.name)' has assigned devices",
      at: range,
      notes: [.init("assigned here", at: device.range)],
      help: ["write 'caching-mode: true', or leave it out"],
      fixIts: [FixIt("turn it on", edits: [.init(range, with: "true")])]
    )
  }
}
