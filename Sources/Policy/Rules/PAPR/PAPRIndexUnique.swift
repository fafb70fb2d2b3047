import Diagnostics
package import Resolution
import VFIOTypes

/// PAPR indexes are unique.
package enum PAPRIndexUnique: GuestRule {
  package static let description = RuleDescription(
    id: "papr-index-unique",
    summary: "no two host bridges of a guest have one PAPR index",
    rationale:
      "Addresses, bus ids and window numbers follow from the index; two of one index would be one bridge.",
    sources: [.code(project: "QEMU 10.0", place: "hw/ppc/spapr.c: spapr_phb_pre_plug")],
    severity: .error,
    machines: [.pseries],
    otherwise: """
      PHB 1 already attached
      PCI host bridges must have unique indexes
      """,
    fix: "leave the index open",
    host: .powernv,
    accepts: ["bridges: {net: {index: 1}, store: {index: 2}}", "bridges: {net: {}, store: {index: 1}}"],
    rejects: [
      "bridges: {net: {index: 1}, store: {index: «1»}}", "bridges: {a: {index: 3}, b: {}, c: {index: «3»}}",
    ]
  )

  package static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  ) {
    var first: [Int: ResolvedBridge] = [:]
    for bridge in guest.bridges {
      guard let index = bridge.phbIndex, let range = index.range else { continue }
      guard let other = first[index.value] else {
        first[index.value] = bridge
        continue
      }
      // A second index 0 is the other rule's.
      guard index.value != 0 else { continue }
      findings.report(
        "host bridges '\(other.name)' and '\(bridge.name)' both have index \(index.value)",
        at: range,
        notes: other.phbIndex?.range.map { [.init("first used here", at: $0)] } ?? [],
        help: ["give it another, or leave it out"],
        fixIts: [FixIt("leave the index open", edits: [.init(range, with: "auto")])]
      )
    }
  }
}
