import VFIOCore
import VFIOPlan
import VFIOTypes

/// What the steps of one guest name: its containers and iommufds, and its memory.
struct GuestNames {
  var containers = NameTable("container")
  var iommufds = NameTable("iommufd")
  /// Positions of the guest's RAM among the memories of the program, by name; empty where RAM is not taken.
  private var ram: [String: Int32] = [:]
  /// Positions of the memory that proofs map, by the size of its huge pages; 0 for ordinary ones.
  private var proving: [UInt64: Int32] = [:]
  /// The containers of sPAPR, whose memory is registered before it is mapped, with the memory that is.
  private(set) var registered: [Int32: Int32] = [:]
  private let memory: PlannedMemory
  private let level: Level
  /// The guest's position in the plan.
  private let guest: Int

  init(_ memory: PlannedMemory, _ level: Level, guest: Int) {
    self.memory = memory
    self.level = level
    self.guest = guest
  }

  var mapsRAM: Bool { level == .hold }

  /// The memory a step registers; nil where the container has it.
  mutating func registering(
    _ name: String,
    in container: Int32,
    _ memories: inout [StepProgram.MemoryNeed]
  ) throws(Unresolved) -> Int32? {
    // For a proof one page does, of the pages the guest's RAM has: what registering all of it charges is computed.
    guard mapsRAM else {
      guard registered[container] == nil else { return nil }
      let position = proof(pages: memory.hugePageSize, bytes: 0, &memories)
      registered[container] = position
      return position
    }
    let position = try ram(name, &memories)
    if registered[container] == nil { registered[container] = position }
    return position
  }

  /// The position of a range of guest RAM.
  mutating func ram(
    _ name: String,
    _ memories: inout [StepProgram.MemoryNeed]
  ) throws(Unresolved) -> Int32 {
    if let known = ram[name] { return known }
    guard let range = memory.ranges.first(where: { $0.name == name }) else {
      throw .unknown("memory '\(name)'")
    }
    let position = Int32(memories.count)
    let pages = MemoryPages(sharing: .memfd, hugePageSize: memory.hugePageSize)
    let whose = StepProgram.RAMName(guest: guest, name: name)
    memories.append(StepProgram.MemoryNeed(size: range.size, pages: pages, ram: whose))
    ram[name] = position
    return position
  }

  /// The memory a proof of a page maps in a container.
  mutating func proving(
    _ bytes: UInt64,
    in container: Int32,
    _ memories: inout [StepProgram.MemoryNeed]
  ) -> Int32 {
    guard let position = registered[container] else { return proof(pages: nil, bytes: bytes, &memories) }
    memories[Int(position)].size = max(memories[Int(position)].size, bytes)
    return position
  }

  private mutating func proof(
    pages hugePageSize: UInt64?,
    bytes: UInt64,
    _ memories: inout [StepProgram.MemoryNeed]
  ) -> Int32 {
    let least = max(bytes, hugePageSize ?? 0)
    if let known = proving[hugePageSize ?? 0] {
      memories[Int(known)].size = max(memories[Int(known)].size, least)
      return known
    }
    let position = Int32(memories.count)
    memories.append(StepProgram.MemoryNeed(size: least, pages: MemoryPages(hugePageSize: hugePageSize)))
    proving[hugePageSize ?? 0] = position
    return position
  }
}
