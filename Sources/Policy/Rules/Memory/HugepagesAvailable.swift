import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// The host has the huge pages its guests ask for.
package enum HugepagesAvailable: FileRule {
  package static let description = RuleDescription(
    id: "hugepages-available",
    summary: "free huge pages of the host hold the RAM of all guests that ask for them",
    rationale: """
      With assigned devices all RAM is filled at start, so a pool that is too small stops the guest, or the second one
      of two that each would fit.
      """,
    sources: [.document("Linux 6.12, Documentation/admin-guide/mm/hugetlbpage.rst")],
    severity: .error,
    requires: ["guest-complete"],
    needs: ["memory[].huge-pages"],
    otherwise: "unable to map backing store for guest RAM: Cannot allocate memory",
    host: .x86,
    accepts: [
      "memory: {size: 16GiB, hugepages: 1GiB}", "memory: {size: 1GiB, hugepages: 2MiB}",
      "guests:\n  a: {machine: q35, memory: {size: 8GiB, hugepages: 1GiB}}\n  b: {machine: q35, memory: {size: 8GiB, hugepages: 1GiB}}",
    ],
    rejects: [
      "memory: {size: 17GiB, hugepages: «1GiB»}",
      "guests:\n  a: {machine: q35, memory: {size: 8GiB, hugepages: 1GiB}}\n  b: {machine: q35, memory: {size: 9GiB, hugepages: «1GiB»}}",
      "memory: {size: 4GiB, hugepages: «16MiB»}",
    ]
  )

  package static func check(_ configuration: ResolvedConfiguration, _ findings: inout Findings) {
    guard let host = configuration.host else { return }
    var used: [UInt64: UInt64] = [:]
    for guest in configuration.guests {
      guard let size = guest.configuration.memory.hugepages else { continue }
      guard let nodes = host.memory, nodes.allSatisfy({ $0.hugePages != nil }) else {
        findings.needs("huge pages of the host")
        return
      }
      let pools = nodes.flatMap { $0.hugePages ?? [] }.filter { $0.size == size.value.bytes }
      guard !pools.isEmpty else {
        let sizes = Set(nodes.flatMap { $0.hugePages ?? [] }.map(\.size)).sorted()
        findings.report(
          "the host has no huge pages of \(size.value.sentence)",
          at: size.range,
          help: ["it has: \(sizes.map { ByteCount($0).sentence }.joined(separator: ", "))"]
        )
        continue
      }
      let free = pools.reduce(UInt64(0)) { $0 + $1.free * $1.size }
      let before = used[size.value.bytes, default: 0]
      let sum = before + guest.memory.size
      used[size.value.bytes] = sum
      guard sum > free, before <= free else { continue }
      findings.report(
        "\(ByteCount(sum).sentence) in huge pages of \(size.value.sentence) asked for, \(ByteCount(free).sentence) free",
        at: size.range,
        notes: before > 0 ? [.init("guests before this one ask for \(ByteCount(before).sentence)")] : [],
        help: ["raise the pool to \((sum + size.value.bytes - 1) / size.value.bytes) pages"]
      )
    }
  }
}
