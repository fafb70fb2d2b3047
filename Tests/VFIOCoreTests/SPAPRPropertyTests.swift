import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// A POWER machine of the model, with a pool of huge pages.
private struct Machine: Sendable, CustomTestStringConvertible {
  var name: String
  var pe: ModelPE
  var pageSize: UInt64
  var model = IOMMUModel.spaprTCEv2
  var testDescription: String { "\(name), \(model.rawValue)" }

  static let all = [
    Machine(name: "powernv9, 64 KiB", pe: .powernv9, pageSize: 0x1_0000),
    Machine(name: "powernv9, 4 KiB", pe: .powernv9, pageSize: 0x1000),
    Machine(name: "pseries, 64 KiB", pe: .pseries, pageSize: 0x1_0000),
    Machine(name: "pseries, 4 KiB", pe: .pseries, pageSize: 0x1000),
    Machine(name: "powernv9, 64 KiB", pe: .powernv9, pageSize: 0x1_0000, model: .spaprTCE),
    Machine(name: "pseries, 4 KiB", pe: .pseries, pageSize: 0x1000, model: .spaprTCE),
  ]

  var host: ModelHost {
    let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)
    let group = ModelGroup(IOMMUGroupID(4), devices: [ModelDevice(address)])
    var host = ModelHost(groups: [group], pe: pe, eeh: .off, pageSize: pageSize)
    host.hugePages = [2 << 20: 64]
    return host
  }
}

/// A container driven at random, right and wrong, by what the library offers alone.
private struct Drive: ~Copyable {
  var random: SeededGenerator
  var kernel: ModelKernel
  var container: Container
  let group: Group
  let memory: Memory
  let huge: Memory
  var low: DMAWindow?
  var high: DMAWindow?
  /// What is registered: of which memory, from where, how much.
  var registered: [(isHuge: Bool, offset: UInt64, size: UInt64)] = []
  /// Requests that were refused by the kernel.
  var refused: [String] = []
  var granted = 0

  static func make(_ machine: Machine, _ seed: UInt64) throws(KernelError) -> Drive {
    var kernel = ModelKernel(machine.host)
    var container = try Container.open(named: "phb", in: &kernel)
    let group = try Group.open(IOMMUGroupID(4), in: &kernel)
    try group.attach(to: &container, in: &kernel)
    try container.setIOMMU(machine.model, in: &kernel)
    let memory = try kernel.allocate(1 << 20)
    let huge = try kernel.allocate(8 << 20, MemoryPages(hugePageSize: 2 << 20))
    let low = try container.defaultWindow(in: &kernel)
    return Drive(
      random: SeededGenerator(seed: seed),
      kernel: kernel,
      container: container,
      group: group,
      memory: memory,
      huge: huge,
      low: low
    )
  }

  /// Numbers that are right, and beside them some that are not.
  private mutating func size() -> UInt64 {
    let sizes: [UInt64] = [0, 1, 0x800, 0x1000, 0x3000, 0x1_0000, 0x2_0000, 0x10_0000, 0x20_0000, 0x40_0000]
    return sizes.randomElement(using: &random) ?? 0
  }

  private mutating func address() -> UInt64 {
    let starts: [UInt64] = [
      0, 0x3fff_0000, 0x7fff_0000, 0x8000_0000, 1 << 59, 1 << 59 + 0xffff_0000, UInt64.max - 0xffff,
    ]
    let offsets: [UInt64] = [0, 0, 0, 1, 0x1000, 0x1_0000, 0xf000, 0x20_0000]
    return (starts.randomElement(using: &random) ?? 0) &+ (offsets.randomElement(using: &random) ?? 0)
  }

  mutating func step() {
    let what = Int.random(in: 0..<8, using: &random)
    let isHuge = Bool.random(using: &random)
    let offset = size()
    let size = size()
    let iova = address()
    let shift = ([12, 12, 13, 16, 16, 21, 24] as [UInt32]).randomElement(using: &random) ?? 12
    let bits = ([12, 20, 28, 30, 31, 32, 33, 40] as [UInt64]).randomElement(using: &random) ?? 32
    let levels = ([0, 1, 1, 1, 2, 6] as [UInt32]).randomElement(using: &random) ?? 1
    do throws(KernelError) {
      switch what {
      case 0 where container.model == .spaprTCE: try container.enable(in: &kernel)
      case 1 where container.model == .spaprTCE: try container.disable(in: &kernel)
      case 0: try register(isHuge, offset, size)
      case 1: try unregister()
      case 2: try create(TCEWindow(pageShift: shift, size: 1 << bits, levels: levels))
      case 3 where container.model == .spaprTCE: break
      case 3:
        if let window = low.take() { try window.remove(from: &container, in: &kernel) }
      case 4:
        if let window = high.take() { try window.remove(from: &container, in: &kernel) }
      case 5: try container.unmap(at: iova, size: size, in: &kernel)
      default:
        if isHuge {
          try container.map(huge, offset: offset, size: size, at: iova, in: &kernel)
        } else {
          try container.map(memory, offset: offset, size: size, at: iova, in: &kernel)
        }
      }
      granted += 1
    } catch {
      switch error.cause {
      case .system, .returned, .malformed, .version, .refused, .lost: refused.append("\(error)")
      case .range, .window, .interrupts, .lockedMemory: break
      }
    }
  }

  private mutating func register(_ isHuge: Bool, _ offset: UInt64, _ size: UInt64) throws(KernelError) {
    if isHuge {
      try container.register(huge, offset: offset, size: size, in: &kernel)
    } else {
      try container.register(memory, offset: offset, size: size, in: &kernel)
    }
    registered.append((isHuge, offset, size))
  }

  private mutating func unregister() throws(KernelError) {
    guard let index = registered.indices.randomElement(using: &random) else { return }
    try unregister(index)
  }

  private mutating func unregister(_ index: Int) throws(KernelError) {
    let part = registered[index]
    if part.isHuge {
      try container.unregister(huge, offset: part.offset, size: part.size, in: &kernel)
    } else {
      try container.unregister(memory, offset: part.offset, size: part.size, in: &kernel)
    }
    registered.remove(at: index)
  }

  private mutating func create(_ window: TCEWindow) throws(KernelError) {
    let made = try container.createWindow(window, in: &kernel)
    if made.range.start == 0 {
      if let old = low.take() { old.relinquish() }
      low = consume made
    } else {
      if let old = high.take() { old.relinquish() }
      high = consume made
    }
  }

  /// Takes everything back in the order there is to it.
  ///
  /// - Returns: bytes that stayed charged before anything was closed, and whether nothing was left after.
  consuming func end() throws(KernelError) -> (locked: UInt64, isIdle: Bool) {
    if let window = low.take() {
      if container.model == .spaprTCE {
        // Of version 1 the window and its table go with the group.
        window.relinquish()
        try group.detach(from: &container, in: &kernel)
      } else {
        try window.remove(from: &container, in: &kernel)
      }
    }
    if let window = high.take() { try window.remove(from: &container, in: &kernel) }
    while !registered.isEmpty { try unregister(registered.count - 1) }
    let locked = kernel.lockedBytes
    try group.close(in: &kernel)
    try container.close(in: &kernel)
    try kernel.release(memory)
    try kernel.release(huge)
    return (locked, kernel.isIdle)
  }
}

@Suite struct SPAPRPropertyTests {
  @Test(arguments: Machine.all)
  fileprivate func `what the checks let pass a POWER kernel grants, and all of it comes back`(
    _ machine: Machine
  ) throws {
    for seed in 0..<UInt64(Rounds.of(1500)) {
      var drive = try Drive.make(machine, seed)
      for _ in 0..<200 { drive.step() }
      let refused = drive.refused
      let granted = drive.granted
      let end = try drive.end()
      #expect(refused == [], "seed \(seed)")
      #expect(granted > 10, "seed \(seed)")
      #expect(end.locked == 0, "seed \(seed)")
      #expect(end.isIdle, "seed \(seed)")
      if !refused.isEmpty { break }
    }
  }
}
