import Diagnostics
import GuestSchema
package import Resolution
import VFIOTypes

/// The process may lock what its containers pin.
package enum MemlockPerContainer: GuestRule {
  package static let description = RuleDescription(
    id: "memlock-per-container",
    summary: "the locked-memory limit holds the RAM of every container that maps it",
    rationale: """
      Each container that can hold a full map counts all of guest RAM again: two behind a guest IOMMU count it twice.
      On POWER the RAM is counted once, and the tables of the DMA windows are added.
      """,
    sources: [
      .code(project: "Linux 6.12", place: "drivers/vfio/vfio_iommu_type1.c: vfio_lock_acct"),
      .code(project: "libvirt 11.3", place: "src/qemu/qemu_domain.c: qemuDomainGetMemLockLimitBytes"),
    ],
    severity: .error,
    requires: ["guest-complete"],
    needs: ["users[].memlock"],
    otherwise: "vfio_container_dma_map(..) = -12 (Cannot allocate memory)",
    accepts: [
      "memory: 16GiB\nhypervisor: {memlock: 16GiB}\nbridges: {main: {devices: [\"0000:02:00.0\", \"0000:03:00.0\"]}}",
      "memory: 16GiB\nhypervisor: {memlock: unlimited}\nviommu: {model: intel}\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "memory: 16GiB\nhypervisor: {memlock: 32GiB}\nviommu: {model: intel}\nbridges: {main: {devices: [\"0000:02:00.0\", \"0000:03:00.0\"]}}",
    ],
    rejects: [
      "memory: 16GiB\nhypervisor: {memlock: «15GiB»}\nbridges: {main: {devices: [\"0000:02:00.0\"]}}",
      "memory: 16GiB\nhypervisor: {memlock: «17GiB»}\nviommu: {model: intel}\nbridges: {main: {devices: [\"0000:02:00.0\", \"0000:03:00.0\"]}}",
      Example("memory: «64GiB»\nbridges: {main: {devices: [\"0000:02:00.0\"]}}", host: .x86),
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    let need = guest.lockedMemory
    guard need.needed > 0 else { return }
    guard case .bytes(let limit) = need.limit else {
      // Without a host nothing was looked at, and that is said once for all.
      if need.limit == .unknown, configuration.host != nil {
        findings.needs("locked-memory limit of the hypervisor's user")
      }
      return
    }
    guard need.needed > limit else { return }
    let written = guest.configuration.hypervisor.memlock?.range
    findings.report(
      "\(ByteCount(need.needed).rounded) of locked memory needed, \(ByteCount(limit).rounded) allowed",
      at: written ?? guest.configuration.memory.size?.range ?? guest.configuration.name.range,
      facts: ["what is locked:"]
        + need.parts.filter { $0.bytes > 0 }.map { "\(ByteCount($0.bytes).rounded)  \($0.what)" }
        + ["allowed by: \(need.limitReason)"],
      help: ["raise the limit to at least \(recommended(need.needed)), which leaves 1 GiB of room"]
    )
  }

  private static func recommended(_ needed: UInt64) -> String {
    let gibibyte: UInt64 = 1 << 30
    return ByteCount((needed + gibibyte + (gibibyte - 1)) & ~(gibibyte - 1)).description
  }
}
