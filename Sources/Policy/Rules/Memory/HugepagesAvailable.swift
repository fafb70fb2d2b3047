import Diagnostics
import GuestSchema
import HostInventory
package import Resolution
import VFIOTypes

/// The host has the huge pages its guests ask for.
package enum HugepagesAvailable: FileRule {
  package static let description = RuleDescription(
    id: "hugepages-available",
    summary:
      "free huge pages of the host, and of each host node that is named, hold the RAM of all guests that ask",
    rationale: """
      With assigned devices all RAM is filled at start, so a pool that is too small stops the guest, or the second one
      of two that each would fit. RAM that is bound to a host node is taken from that node's pool alone.
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
      "memory: {size: 16GiB, hugepages: 1GiB}\nnuma: {0: {memory: 16GiB, host-nodes: [0]}}",
    ],
    rejects: [
      "memory: {size: 17GiB, hugepages: «1GiB»}",
      "guests:\n  a: {machine: q35, memory: {size: 8GiB, hugepages: 1GiB}}\n  b: {machine: q35, memory: {size: 9GiB, hugepages: «1GiB»}}",
      "memory: {size: 4GiB, hugepages: «16MiB»}",
      "memory: {size: 8GiB, hugepages: 1GiB}\nnuma: {0: {memory: 4GiB, host-nodes: [0]}, 1: {memory: 4GiB, host-nodes: [«1»]}}",
      "guests:\n  a: {machine: q35, memory: {size: 16383MiB, hugepages: 1GiB}}\n  b: {machine: q35, memory: {size: 1GiB, hugepages: «1GiB»}}",
    ]
  )

  /// What guests have asked of one pool, or of the pool of one host node.
  private struct Demand {
    var size: UInt64
    /// Nil: any node.
    var node: Int?
    var bytes: UInt64 = 0
  }

  package static func check(_ configuration: ResolvedConfiguration, _ findings: inout Findings) {
    guard let host = configuration.host else { return }
    var demands: [Demand] = []
    for guest in configuration.guests {
      guard let size = guest.configuration.memory.hugepages else { continue }
      guard let nodes = host.memory, nodes.allSatisfy({ $0.hugePages != nil }) else {
        findings.needs("huge pages of the host")
        return
      }
      let pools = nodes.flatMap { $0.hugePages ?? [] }
      guard pools.contains(where: { $0.size == size.value.bytes }) else {
        reportSize(size, pools, &findings)
        continue
      }
      let isShort = ask(
        guest.memory.size,
        size.value.bytes,
        of: nil,
        nodes,
        at: size.range,
        &demands,
        &findings
      )
      if !isShort { askNodes(guest, size.value.bytes, nodes, &demands, &findings) }
    }
  }

  /// Asks the node's pool for the RAM that is bound to a single host node.
  private static func askNodes(
    _ guest: ResolvedGuest,
    _ size: UInt64,
    _ nodes: [HostSnapshot.MemoryNode],
    _ demands: inout [Demand],
    _ findings: inout Findings
  ) {
    for node in guest.configuration.numa where node.hostNodes.count == 1 {
      guard let memory = node.memory, let hostNode = node.hostNodes.first else { continue }
      _ = ask(
        memory.value.bytes,
        size,
        of: hostNode.value,
        nodes,
        at: hostNode.range,
        &demands,
        &findings
      )
    }
  }

  /// Adds to what is asked of a pool, and reports the guest with which it is too much.
  private static func ask(
    _ bytes: UInt64,
    _ size: UInt64,
    of node: Int?,
    _ nodes: [HostSnapshot.MemoryNode],
    at range: SourceRange,
    _ demands: inout [Demand],
    _ findings: inout Findings
  ) -> Bool {
    let free = nodes.filter { node == nil || $0.number == node }.flatMap { $0.hugePages ?? [] }
      .filter { $0.size == size }.reduce(UInt64(0)) { $0 + $1.free * $1.size }
    let position = demands.firstIndex { $0.size == size && $0.node == node } ?? demands.count
    if position == demands.count { demands.append(Demand(size: size, node: node)) }
    let before = demands[position].bytes
    // The last page of a guest is taken whole.
    let pages = bytes / size + (bytes % size == 0 ? 0 : 1)
    let sum = before &+ pages &* size
    demands[position].bytes = sum
    guard sum > free, before <= free else { return false }
    let place = node.map { " on host node \($0)" } ?? ""
    findings.report(
      "\(ByteCount(sum).sentence) in huge pages of \(ByteCount(size).sentence) asked for\(place), \(ByteCount(free).sentence) free",
      at: range,
      notes: before > 0 ? [.init("guests before this one ask for \(ByteCount(before).sentence)")] : [],
      help: ["raise the pool\(place) to \(sum / size) free pages"]
    )
    return true
  }

  private static func reportSize(
    _ size: Located<ByteCount>,
    _ pools: [HostSnapshot.MemoryNode.HugePages],
    _ findings: inout Findings
  ) {
    let sizes = Set(pools.map(\.size)).sorted().map { ByteCount($0).sentence }
    findings.report(
      "the host has no huge pages of \(size.value.sentence)",
      at: size.range,
      help: [sizes.isEmpty ? "it has none of any size" : "it has: \(sizes.joined(separator: ", "))"]
    )
  }
}
