import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// A part of some memory that the program has, mostly.
private struct Part {
  var memory: (address: UInt64, size: UInt64, page: UInt64)
  var offset: UInt64
  var size: UInt64

  /// Lends the memory.
  func lend<Failure: Error>(_ body: (borrowing Memory) throws(Failure) -> Void) throws(Failure) {
    let lent = Memory(adopting: memory.address, size: memory.size, pageSize: memory.page)
    do throws(Failure) {
      try body(lent)
      lent.relinquish()
    } catch {
      lent.relinquish()
      throw error
    }
  }
}

/// Random calls of a program on a container of a random POWER machine, through the checks of `Container`.
private struct Program: ~Copyable {
  private var random: SeededGenerator
  private let platform: ModelPE.Platform
  var kernel: ModelKernel
  private var container: Container
  private var group: Group
  private var memories: [(address: UInt64, size: UInt64, page: UInt64)] = []
  private var first: DMAWindow?
  private var second: DMAWindow?
  /// Starts of windows that are or were there, to aim at.
  private var places: [UInt64] = [0]
  /// How much of what was asked was carried out.
  private(set) var done = 0

  private init(
    _ random: SeededGenerator,
    _ platform: ModelPE.Platform,
    _ kernel: consuming ModelKernel,
    _ container: consuming Container,
    _ group: consuming Group
  ) {
    self.random = random
    self.platform = platform
    self.kernel = kernel
    self.container = container
    self.group = group
  }

  /// Begins with a container of one group that has its model.
  static func begin(seed: UInt64) throws(KernelError) -> Program {
    var random = SeededGenerator(seed: seed)
    let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)
    let pes: [ModelPE] = [
      .powernv9, .powernv8, .pseries, .pseriesLPAR, .pseriesVF, .pseriesNoDDW, .version1Only,
    ]
    var host = ModelHost(
      groups: [ModelGroup(IOMMUGroupID(0), devices: [ModelDevice(address)])],
      pe: pes.randomElement(using: &random) ?? .powernv9,
      eeh: .silent,
      pageSize: Bool.random(using: &random) ? 0x1000 : 0x1_0000
    )
    host.hugePages = [0x20_0000: 64]
    let limits: [UInt64?] = [nil, nil, 0x10_0000, 0x8080_0000]
    host.lockedMemoryLimit = limits.randomElement(using: &random) ?? nil
    var kernel = ModelKernel(host)
    var container = try Container.open(in: &kernel)
    let group = try Group.open(IOMMUGroupID(0), in: &kernel)
    try group.attach(to: &container, in: &kernel)
    // Of v1 the kernel does not say that a partition has no DDW, so that its first map fails and leaks.
    if Bool.random(using: &random) || host.groups[0].pe == .pseriesNoDDW {
      _ = try container.setSPAPR(in: &kernel)
    } else {
      try container.setIOMMU(.spaprTCE, in: &kernel)
    }
    return Program(random, host.groups[0].pe?.platform ?? .powernv9, kernel, container, group)
  }

  mutating func step() {
    do throws(KernelError) {
      try act()
      done += 1
    } catch {}
  }

  private mutating func act() throws(KernelError) {
    switch UInt8.random(in: 0..<24, using: &random) {
    case 0: try container.enable(in: &kernel)
    case 1: try container.disable(in: &kernel)
    case 2..<4: try allocate()
    case _ where memories.isEmpty: try allocate()
    case 4..<8:
      let part = part()
      try part.lend { (memory) throws(KernelError) in
        try container.register(memory, offset: part.offset, size: part.size, in: &kernel)
      }
    case 8..<10:
      let part = part()
      try part.lend { (memory) throws(KernelError) in
        try container.unregister(memory, offset: part.offset, size: part.size, in: &kernel)
      }
    case 10..<12: try removeWindow()
    case 12..<16: try createWindow()
    case 16..<21:
      let (part, iova) = (part(), iova())
      try part.lend { (memory) throws(KernelError) in
        try container.map(memory, offset: part.offset, size: part.size, at: iova, in: &kernel)
      }
    default: try container.unmap(at: iova(), size: part().size, in: &kernel)
    }
  }

  private mutating func allocate() throws(KernelError) {
    guard memories.count < 4 else { return }
    let isHuge = Bool.random(using: &random)
    let memory = try kernel.allocate(
      isHuge ? 0x40_0000 : 0x10_0000,
      MemoryPages(hugePageSize: isHuge ? 0x20_0000 : nil)
    )
    memories.append((memory.address, memory.size, memory.pageSize))
    memory.relinquish()
  }

  private mutating func createWindow() throws(KernelError) {
    let shift = [12, 16, 16, 21, 24, 30].randomElement(using: &random) ?? 16
    // What a partition's firmware has for a window nobody can ask before it is tried: 2^37 pages in QEMU.
    let most = platform == .pseries ? UInt64(shift) + 38 : 64
    let size = UInt64(1) << UInt64.random(in: 0..<min(most, 64), using: &random)
    let window: DMAWindow
    if Bool.random(using: &random) {
      window = try container.createWindow(size: size, pageSize: UInt64(1) << UInt64(shift), in: &kernel)
    } else {
      let levels = UInt32.random(in: 0...6, using: &random)
      window = try container.createWindow(
        TCEWindow(pageShift: UInt32(shift), size: size, levels: levels),
        in: &kernel
      )
    }
    places.append(window.range.start)
    places.append(window.range.last)
    if first == nil { first = consume window } else { second = consume window }
  }

  private mutating func removeWindow() throws(KernelError) {
    if let window = first.take() { return try window.remove(from: &container, in: &kernel) }
    if let window = second.take() { return try window.remove(from: &container, in: &kernel) }
    guard let window = try container.defaultWindow(in: &kernel) else { return }
    try window.remove(from: &container, in: &kernel)
  }

  private mutating func iova() -> UInt64 {
    let place = places.randomElement(using: &random) ?? 0
    let offset =
      UInt64.random(in: 0..<8, using: &random) << ([0, 12, 16, 21].randomElement(using: &random) ?? 12)
    return UInt8.random(in: 0..<4, using: &random) == 0 ? place &- offset : place &+ offset
  }

  private mutating func part() -> Part {
    let some = memories.randomElement(using: &random) ?? (0x1_0000, 0x1_0000, 0x1_0000)
    let shift = [0, 12, 16, 16, 20, 21].randomElement(using: &random) ?? 16
    let offset = UInt64.random(in: 0..<3, using: &random) << UInt64(shift)
    let size = UInt64.random(in: 0..<4, using: &random) << UInt64(shift)
    return Part(memory: some, offset: offset, size: size)
  }

  /// Closes and gives back; what is left is the kernel's own.
  consuming func end() throws(KernelError) -> (damage: Set<ModelDamage>, leaked: UInt64, isIdle: Bool) {
    first.take()?.relinquish()
    second.take()?.relinquish()
    try group.close(in: &kernel)
    try container.close(in: &kernel)
    for memory in memories {
      try kernel.release(Memory(adopting: memory.address, size: memory.size, pageSize: memory.page))
    }
    return (kernel.damage, kernel.leakedBytes, kernel.isIdle)
  }
}

@Suite struct PowerSafetyTests {
  @Test func `whatever a program asks of a container harms no host and leaks nothing`() throws {
    var faults: [String] = []
    var done = 0
    for seed in 0..<UInt64(Rounds.of(20_000)) {
      var program = try Program.begin(seed: seed)
      for _ in 0..<100 { program.step() }
      done += program.done
      let left = try program.end()
      if left != (damage: [], leaked: 0, isIdle: true) { faults.append("seed \(seed): \(left)") }
    }
    #expect(faults == [])
    // Not all of it was refused.
    #expect(done > Rounds.of(20_000) * 10)
  }
}
