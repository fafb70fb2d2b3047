import Diagnostics
import HostInventory
package import Resolution
import VFIOTypes

/// A partition takes one group a container, and some kernels die of a second.
package enum PAPRMultiGroupPseries: BridgeRule {
  package static let description = RuleDescription(
    id: "papr-multi-group-pseries",
    summary: "on a PowerVM partition a host bridge has one group",
    rationale: """
      The hypervisor tries the first container with each further group. Kernels from 6.11 on that lack the fix of
      January 2025 follow a null table there and the host dies; fixed ones refuse, and a second container is made.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "arch/powerpc/platforms/pseries/iommu.c: spapr_tce_set_window"),
      .mail("linuxppc-dev, January 2025, fix 17391cb2613b"),
    ],
    // An error on kernels that die of it and a warning on the others, hence both letters of its row.
    severity: .error,
    needs: ["groups[].members", "cpu.platform", "kernel.release"],
    machines: [.pseries],
    otherwise: "BUG: Kernel NULL pointer dereference on read in spapr_tce_unset_window",
    // Which stable releases have the fix is not known in full, so the owner of the host may say that his has.
    canBeWaived: true,
    host: .pseries,
    accepts: [
      "bridges: {net: {index: 1, devices: [\"0002:01:00.0\"]}, store: {index: 2, devices: [\"0003:01:00.0\"]}}",
      Example(
        "bridges: {net: {index: 1, devices: [\"0001:01:00.0\", \"0001:01:00.1\"]}}",
        host: .pseriesUnfixed
      ),
    ],
    rejects: [
      Example(
        "bridges: {«net»: {index: 1, devices: [\"0002:01:00.0\", \"0003:01:00.0\"]}}",
        host: .pseriesUnfixed
      ),
      "bridges: {«net»: {index: 1, devices: [\"0002:01:00.0\", \"0003:01:00.0\"]}}",
    ]
  )

  package static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    guard let host = configuration.host, guest.hasSeveralGroups(bridge) else { return }
    guard let platform = host.cpu.platform else {
      if host.isPOWER != false { findings.needs("platform of the host") }
      return
    }
    guard platform == "pSeries" else { return }
    guard let kernel = host.kernel.version else {
      findings.needs("kernel release")
      return
    }
    // 6.12.107 was seen with the fix; which stable releases first had it is not known, so 6.12 and 6.13 below are
    // taken for unfixed.
    let isUnfixed =
      kernel >= Version(6, 11) && kernel < Version(6, 14)
      && !(kernel >= Version(6, 12, 107) && kernel < Version(6, 13))
    guard isUnfixed else {
      findings.report(
        "host bridge '\(bridge.name)' has several groups, and a partition takes one a container",
        at: bridge.range,
        severity: .warning,
        help: ["give each group a host bridge of its own"]
      )
      return
    }
    findings.report(
      "host bridge '\(bridge.name)' has several groups, and kernel \(kernel) of this partition dies of it",
      at: bridge.range,
      help: ["give each group a host bridge of its own, or run kernel 6.14 or later"]
    )
  }
}
