import VFIOPlan
import VFIOTypes

extension QEMUFragment {
  /// The id of the back end of all RAM.
  static let wholeMemory = "guest_ram"

  /// Whether RAM has one back end, named by the machine, and not one a node.
  var usesBackingOfWholeMemory: Bool { guest.memory.nodes.isEmpty && !guest.memory.isOrdinary }

  /// RAM, what backs it, and its nodes.
  mutating func addMemory() {
    let memory = guest.memory
    var properties: [ArgumentProperty] = []
    properties.add("size", QEMUSize.text(memory.size))
    if memory.maximum > memory.size {
      if memory.slots > 0 { properties.add("slots", memory.slots) }
      properties.add("maxmem", QEMUSize.text(memory.maximum))
    }
    add(.option("m", first: nil, properties), guest.origin, "RAM of \(ByteCount(memory.size).sentence)")
    if usesBackingOfWholeMemory {
      need(Version(5, 0), for: "a back end of all RAM", guest.origin)
      addBacking(QEMUFragment.wholeMemory, size: memory.size, hostNodes: [])
    }
    addNodes()
  }

  private mutating func addNodes() {
    let memory = guest.memory
    guard !memory.nodes.isEmpty else { return }
    let sum = memory.nodes.reduce(UInt64(0)) { $0 &+ $1.size }
    if sum != memory.size {
      // QEMU 10.0, hw/core/numa.c: numa_complete_configuration.
      refuse(
        "the NUMA nodes hold \(ByteCount(sum).sentence) and the guest \(ByteCount(memory.size).sentence), "
          + "and QEMU wants one sum",
        guest.origin
      )
    }
    for node in memory.nodes {
      let id = "node_ram\(node.number)"
      if node.size > 0 { addBacking(id, size: node.size, hostNodes: node.hostNodes) }
      var properties: [ArgumentProperty] = []
      properties.add("nodeid", node.number)
      for range in node.cpus?.split(separator: ",") ?? [] { properties.add("cpus", String(range)) }
      if node.size > 0 { properties.add("memdev", id) }
      add(.option("numa", first: "node", properties), guest.origin, "NUMA node \(node.number)")
    }
  }

  private mutating func addBacking(_ id: String, size: UInt64, hostNodes: [Int]) {
    let memory = guest.memory
    var properties: [ArgumentProperty] = []
    properties.add("id", id)
    let type: String
    switch memory.backing {
    case .anonymous where memory.hugePageSize == nil: type = "memory-backend-ram"
    case .anonymous, .memfd:
      type = "memory-backend-memfd"
      addHugePages(&properties)
    case .hugetlbfs where memory.path == nil:
      type = "memory-backend-memfd"
      addHugePages(&properties)
    case .hugetlbfs, .file, .deviceDAX:
      type = "memory-backend-file"
      if memory.path == nil {
        refuse("memory backed by '\(memory.backing.rawValue)' needs a path", guest.origin)
      }
      properties.add("mem-path", memory.path)
    }
    properties.add("size", size)
    // A memfd is shared unless it is told otherwise, the others are not (QEMU 10.0, backends/hostmem-memfd.c).
    properties.add("share", memory.isShared)
    if memory.isPreallocated { properties.add("prealloc", true) }
    if !hostNodes.isEmpty {
      properties.append(ArgumentProperty("host-nodes", .numbers(hostNodes.map { UInt64(clamping: $0) })))
      properties.add("policy", "bind")
    }
    add(
      .object(type: type, properties),
      guest.origin,
      reason("RAM back end", "\(guest.origin.path).memory.backing")
    )
  }

  private func addHugePages(_ properties: inout [ArgumentProperty]) {
    guard let size = guest.memory.hugePageSize else { return }
    properties.add("hugetlb", true)
    properties.add("hugetlbsize", size)
  }
}

extension PlannedMemory {
  /// Whether the RAM a machine makes by itself is right.
  fileprivate var isOrdinary: Bool {
    backing == .anonymous && hugePageSize == nil && !isShared && !isPreallocated
  }
}

/// A number of bytes as `-m` takes it, in the largest unit that leaves no rest.
enum QEMUSize {
  static func text(_ bytes: UInt64) -> String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)] as [(String, UInt64)]
    where bytes > 0 && bytes & (1 << shift - 1) == 0 {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes)B"
  }
}
