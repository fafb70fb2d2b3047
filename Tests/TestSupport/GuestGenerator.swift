import HostInventory
package import Policy
import VFIOTypes

/// A guest file no rule has anything to say of, and the host it is meant for.
package struct GeneratedFile: Sendable, CustomStringConvertible {
  package var seed: UInt64
  package var host: ExampleHost
  package var text: String

  package var description: String { "seed \(seed), host \(host.rawValue):\n\(text)" }
}

/// Makes valid guest files: one to three guests of one host, of every machine, use and IOMMU model it can run.
///
/// The same seed makes the same text. A file is valid by what it is made of: whole groups, places that are free, limits
/// that suffice, so that any finding on it is a false alarm.
package struct GuestGenerator {
  /// Functions that can be given to a guest together: the members of a group that are no bridge.
  struct Unit {
    var functions: [PCIAddress]
  }

  var random: SeededGenerator
  let host: ExampleHost
  let facts: HostSnapshot?
  /// What no guest has yet.
  private var units: [Unit]
  /// Free huge pages in bytes, by their size.
  private var hugePages: [UInt64: UInt64] = [:]

  /// The file of a seed.
  package static func file(seed: UInt64) -> GeneratedFile {
    var random = SeededGenerator(seed: seed)
    let hosts: [ExampleHost] = [
      .x86, .x86, .x86, .x86, .x86SharedGroup, .arm, .arm, .powernv, .powernvNUMA, .powernvBARs, .pseries,
      .none, .none,
    ]
    let host = hosts.randomElement(using: &random) ?? .none
    return file(seed: seed, host: host)
  }

  /// The file of a seed for a host; one of those that can run a guest.
  package static func file(seed: UInt64, host: ExampleHost) -> GeneratedFile {
    var generator = GuestGenerator(SeededGenerator(seed: seed ^ 0x5eed), host)
    let tree = generator.file()
    return GeneratedFile(seed: seed, host: host, text: tree.text(&generator.random))
  }

  private init(_ random: SeededGenerator, _ host: ExampleHost) {
    self.random = random
    self.host = host
    facts = host.snapshot
    units = GuestGenerator.units(facts)
    for pool in (facts?.memory ?? []).flatMap({ $0.hugePages ?? [] }) {
      hugePages[pool.size, default: 0] += pool.size * pool.free
    }
  }

  /// The groups whose functions can be given away; without a host any address will do.
  private static func units(_ facts: HostSnapshot?) -> [Unit] {
    guard let facts else {
      return (0..<12).map { number in
        Unit(functions: [PCIAddress(domain: 0, bus: UInt8(0x10 + number), device: 0, function: 0)])
      }
    }
    return (facts.groups ?? []).compactMap { group in
      let members = group.members.compactMap { facts.device(at: $0) }.filter { $0.isBridge == false }
      guard !members.isEmpty, members.allSatisfy({ ($0.sriov?.current ?? 0) == 0 }) else { return nil }
      return Unit(functions: members.map(\.address))
    }
  }

  // MARK: Chance

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func pick<Element>(_ choices: [Element], or other: Element) -> Element {
    choices.randomElement(using: &random) ?? other
  }

  mutating func count(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  // MARK: The file

  private mutating func file() -> YAMLTree {
    units.shuffle(using: &random)
    var entries: [(key: String, value: YAMLTree)] = []
    if chance(30) { entries.append(("host", .mapping([("name", .scalar("host-1"))]))) }
    var guests: [(key: String, value: YAMLTree)] = []
    let machineProfile = chance(15) ? machine() : nil
    if let machineProfile {
      let fragment = YAMLTree.mapping([("guest", .mapping([("machine", .scalar(machineProfile))]))])
      entries.append(("profiles", .mapping([("base", fragment)])))
    }
    for number in 0..<pick([1, 1, 1, 2, 3], or: 1) {
      guests.append(("g\(number)", guest(profile: machineProfile)))
    }
    if chance(20), let unit = units.popLast(), let first = unit.functions.first {
      let kept = YAMLTree.mapping([("device", .quoted(first)), ("reason", .scalar("stays with the host"))])
      entries.append(("protect", .list([kept])))
    }
    entries.append(("guests", .mapping(guests)))
    entries.shuffle(using: &random)
    return .mapping([("version", .scalar("1"))] + entries)
  }

  private mutating func machine() -> String {
    switch host {
    case .none:
      return pick(["q35", "pc", "virt", "pseries", "pc-q35-9.2", "pc-i440fx-9.0"], or: "q35")
    case .x86, .x86SharedGroup, .x86NoIOMMU, .x86NoIOMMUMode:
      return pick(["q35", "q35", "q35", "pc", "pc-q35-9.2", "pc-i440fx-10.0"], or: "q35")
    case .arm: return pick(["virt", "virt", "virt-9.2"], or: "virt")
    case .powernv, .powernvBARs, .powernvNUMA, .powernvNoModule, .pseries, .pseriesUnfixed,
      .pseriesNoDDW:
      return pick(["pseries", "pseries", "pseries-10.0"], or: "pseries")
    }
  }

  private mutating func guest(profile: String?) -> YAMLTree {
    let name = profile ?? machine()
    var draft = GuestDraft(machine: MachineType(name))
    let wanted = count(0...3)
    while draft.units.count < wanted, let unit = units.popLast() { draft.units.append(unit) }
    draft.entries.append(profile == nil ? ("machine", .scalar(name)) : ("use", .list([.scalar("base")])))
    memory(&draft)
    switch draft.machine.family {
    case .pseries: paprBridges(&draft)
    case .q35, .virt: expressBridges(&draft)
    case .pc, .s390, .powernv, .unknown: conventionalBridges(&draft)
    }
    lockedMemory(&draft)
    draft.entries.shuffle(using: &random)
    return .mapping(draft.entries)
  }

  private mutating func memory(_ draft: inout GuestDraft) {
    let gibibytes = pick([1, 2, 3, 4, 8, 16], or: 1) as UInt64
    draft.memory = gibibytes << 30
    var entries: [(key: String, value: YAMLTree)] = [("size", .scalar("\(gibibytes)GiB"))]
    if draft.machine.family != .pc, chance(15) {
      draft.memory *= 2
      entries.append(("max", .scalar("\(gibibytes * 2)GiB")))
      entries.append(("slots", .scalar("2")))
    }
    let sizes = hugePages.filter { gibibytes << 30 <= $0.value }.keys.sorted()
    if facts != nil, chance(25), let size = sizes.randomElement(using: &random) {
      hugePages[size, default: 0] -= gibibytes << 30
      entries.append(("hugepages", .scalar("\(ByteCount(size))")))
    }
    draft.size = gibibytes << 30
    let isShort = entries.count == 1 && chance(60)
    draft.entries.append(("memory", isShort ? .scalar("\(gibibytes)GiB") : .mapping(entries)))
  }

  /// The limit: the user's where that surely suffices, at times exactly what is needed, else none.
  private mutating func lockedMemory(_ draft: inout GuestDraft) {
    let containers = draft.isGuestVisible ? UInt64(max(1, draft.functions)) : 1
    var limit: UInt64 = 0
    if case .bytes(let bytes) = facts?.users.first?.memlock { limit = bytes }
    // Tables of DMA windows stay below an eighth of the RAM and 1 GiB at these sizes.
    let most = containers * (draft.memory + draft.memory / 8) + 1 << 30
    var entries: [(key: String, value: YAMLTree)] = []
    if draft.functions > 0, !draft.isGuestVisible, chance(20) {
      entries.append(("memlock", .scalar("\(ByteCount(draft.memory))")))
    } else if facts != nil, most > limit {
      entries.append(("memlock", .scalar("unlimited")))
    }
    if chance(20) { entries.append(("accelerator", .scalar("kvm"))) }
    if chance(20) { entries.append(("version", .quoted("10.0"))) }
    guard !entries.isEmpty else { return }
    draft.entries.append(("hypervisor", .mapping(entries)))
  }
}

/// A guest in the making.
struct GuestDraft {
  var machine: MachineType
  var entries: [(key: String, value: YAMLTree)] = []
  var units: [GuestGenerator.Unit] = []
  /// RAM at boot, and with all modules.
  var size: UInt64 = 0
  var memory: UInt64 = 0
  /// Whether a device may be behind a guest IOMMU.
  var isGuestVisible = false

  init(machine: MachineType) { self.machine = machine }

  var functions: Int { units.reduce(0) { $0 + $1.functions.count } }
}
