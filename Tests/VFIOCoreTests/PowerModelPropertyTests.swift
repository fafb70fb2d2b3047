import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// Random calls on a random POWER machine.
private struct Walk: ~Copyable {
  private enum Kind { case container, group, device }

  private var random: SeededGenerator
  private let host: ModelHost
  var kernel: ModelKernel
  /// What is open, by what it is.
  private var open: [Kind: [DescriptorNumber]] = [:]
  private var didFork = false
  private var memories: [(address: UInt64, size: UInt64)] = []
  /// What went wrong.
  private(set) var faults: [String] = []

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    let members = (0..<3 as Range<UInt32>).map { number in
      ModelGroup(
        IOMMUGroupID(number),
        devices: [ModelDevice(PCIAddress(domain: number, bus: 1, device: 0, function: 0))]
      )
    }
    let kinds: [ModelPE] = [
      .powernv9, .powernv9, .powernv8, .pseries, .pseries, .pseriesLPAR, .pseriesVF, .pseriesNoDDW,
      .version1Only,
    ]
    let pe = kinds.randomElement(using: &random) ?? .powernv9
    let eeh: [ModelEEH] = [.off, .silent, .working]
    var host = ModelHost(
      groups: members,
      pe: pe,
      eeh: eeh.randomElement(using: &random) ?? .off,
      pageSize: Bool.random(using: &random) ? 0x1000 : 0x1_0000
    )
    host.hugePages = [0x20_0000: 8]
    let limits: [UInt64?] = [nil, nil, 0x8_0000, 0x8000_0000, 0x1_0000_0000]
    host.lockedMemoryLimit = limits.randomElement(using: &random) ?? nil
    self.host = host
    kernel = ModelKernel(host)
  }

  mutating func step() {
    switch UInt8.random(in: 0..<100, using: &random) {
    case 0..<4:
      if let number = try? kernel.open(.container).relinquish() {
        open[.container, default: []].append(number)
      }
    case 4..<9:
      let id = IOMMUGroupID(UInt32.random(in: 0...3, using: &random))
      if let number = try? kernel.open(.group(id)).relinquish() { open[.group, default: []].append(number) }
    case 9..<11: close(.container)
    case 11..<13: close(.group)
    case 13..<14: close(.device)
    case 14..<18: allocate()
    case 18..<19: release()
    case 19..<20:
      kernel.protect(memory(), Bool.random(using: &random) ? [.read, .write] : .read)
    case 20..<21: if UInt8.random(in: 0..<8, using: &random) == 0 { fork() }
    case 21..<36: ask(groupRequest(), .group)
    default: ask(containerRequest(), .container)
    }
    if let limit = host.lockedMemoryLimit, kernel.lockedBytes > limit { faults.append("more than the limit") }
    if kernel.leakedBytes > kernel.lockedBytes { faults.append("more leaked than charged") }
  }

  /// Closes everything, in any order.
  mutating func end() {
    let left = [Kind.container, .group, .device].flatMap { open[$0] ?? [] }
    for number in left.shuffled(using: &random) {
      try? kernel.close(Descriptor(adopting: number))
    }
    while !memories.isEmpty { release() }
    if !kernel.isIdleButForLeaks { faults.append("something is left that is no leak") }
    let isExcused = kernel.leakedBytes > 0 || kernel.isIdle
    // What a process before a fork leaked is not what this one did.
    if !isExcused, !didFork { faults.append("something is left") }
  }

  // MARK: Requests

  private mutating func groupRequest() -> Request {
    switch UInt8.random(in: 0..<10, using: &random) {
    case 0..<6:
      return .groupSetContainer(open[.container]?.randomElement(using: &random) ?? DescriptorNumber(0))
    case 6..<7: return .groupUnsetContainer
    case 7..<9:
      let domain = UInt32.random(in: 0...2, using: &random)
      return .groupGetDeviceFD(PCIAddress(domain: domain, bus: 1, device: 0, function: 0), vfToken: nil)
    default: return .groupGetStatus
    }
  }

  private mutating func containerRequest() -> Request {
    let request = wellFormed()
    guard UInt8.random(in: 0..<20, using: &random) == 0 else { return request }
    let malformations: [Malformation] = [
      .size(8), .size(64), .flags(1), .flags(4), .emptyRange, .operation(99),
    ]
    return .malformed(request, malformations.randomElement(using: &random) ?? .size(0))
  }

  private mutating func wellFormed() -> Request {
    switch UInt8.random(in: 0..<40, using: &random) {
    case 0..<6:
      let models: [IOMMUModel] = [.spaprTCE, .spaprTCEv2, .spaprTCEv2, .type1v2]
      return .setIOMMU(models.randomElement(using: &random) ?? .spaprTCE)
    case 6..<9: return .iommuEnable
    case 9..<10: return .iommuDisable
    case 10..<16: return .iommuSPAPRRegisterMemory(memory())
    case 16..<18: return .iommuSPAPRUnregisterMemory(memory())
    case 18..<25:
      let memory = memory()
      let access = DMAMapping.Access(rawValue: UInt32.random(in: 0...3, using: &random))
      return .iommuMapDMA(
        DMAMapping(iova: iova(), size: memory.size, address: memory.address, access: access)
      )
    case 25..<29:
      let start = iova()
      let size = UInt64(1) << UInt64.random(in: 0..<36, using: &random)
      return .iommuUnmapDMA(
        IOVARange(start: start, last: start &+ (size - 1) < start ? start : start + (size - 1))
      )
    case 29..<34:
      let shift = [12, 12, 16, 16, 21, 24, 30, 13].randomElement(using: &random) ?? 12
      return .iommuSPAPRTCECreate(
        TCEWindow(
          pageShift: UInt32(shift),
          size: UInt64(1) << UInt64.random(in: 0..<64, using: &random),
          levels: UInt32.random(in: 0...6, using: &random)
        )
      )
    case 34..<37: return .iommuSPAPRTCERemove(start: iova())
    case 37..<38: return .iommuSPAPRTCEGetInfo(capacity: UInt32.random(in: 0...40, using: &random))
    case 38..<39:
      let operations: [EEHOperation] = [
        .enable, .disable, .getState, .resetHot, .resetDeactivate, .unfreezeIO, .unfreezeDMA,
        .injectError(EEHError(kind: .bits32, function: 3)),
      ]
      return .eehPEOp(operations.randomElement(using: &random) ?? .getState)
    default: return Bool.random(using: &random) ? .iommuUnmapAll : .iommuGetInfo(capacity: 24)
    }
  }

  /// In a window, at an end of one, or nowhere.
  private mutating func iova() -> UInt64 {
    let starts: [UInt64] = [
      0, 0, 1 << 59, 0x4000_0000, 0x8000_0000, UInt64.random(in: 0...UInt64.max, using: &random),
    ]
    let page: UInt64 = [1, 0x1000, 0x1_0000].randomElement(using: &random) ?? 1
    let offset = UInt64.random(in: 0..<16, using: &random) &* page
    let start = starts.randomElement(using: &random) ?? 0
    return Bool.random(using: &random) ? start &+ offset : start &- offset
  }

  /// A part of some memory, or of none.
  private mutating func memory() -> MemoryRange {
    guard let memory = memories.randomElement(using: &random), UInt8.random(in: 0..<10, using: &random) > 0
    else {
      let address = UInt64.random(in: 0...UInt64.max, using: &random)
      return MemoryRange(address: address & ~0xffff, size: UInt64.random(in: 0..<4, using: &random) << 16)
    }
    guard Bool.random(using: &random) else { return MemoryRange(address: memory.address, size: memory.size) }
    let page: UInt64 = [0x1000, 0x1_0000].randomElement(using: &random) ?? 0x1000
    return MemoryRange(
      address: memory.address + UInt64.random(in: 0..<3, using: &random) * page,
      size: UInt64.random(in: 0..<5, using: &random) * page
    )
  }

  // MARK: Doors

  private mutating func ask(_ request: Request, _ kind: Kind) {
    guard let number = open[kind]?.randomElement(using: &random) else { return }
    let descriptor = Descriptor(adopting: number)
    if case .descriptor(let device) = try? kernel.perform(request, on: descriptor) {
      open[.device, default: []].append(device)
    }
    _ = descriptor.relinquish()
  }

  private mutating func close(_ kind: Kind) {
    guard let index = open[kind]?.indices.randomElement(using: &random),
      let number = open[kind]?.remove(at: index)
    else { return }
    try? kernel.close(Descriptor(adopting: number))
  }

  private mutating func fork() {
    kernel.fork()
    didFork = true
  }

  private mutating func allocate() {
    guard memories.count < 4 else { return }
    let isHuge = UInt8.random(in: 0..<4, using: &random) == 0
    let size: UInt64 =
      isHuge ? 0x40_0000 : [0x1000, 0x1_0000, 0x10_0000].randomElement(using: &random) ?? 0x1000
    guard let memory = try? kernel.allocate(size, MemoryPages(hugePageSize: isHuge ? 0x20_0000 : nil)) else {
      return
    }
    memories.append((memory.address, memory.size))
    memory.relinquish()
  }

  private mutating func release() {
    guard let index = memories.indices.randomElement(using: &random) else { return }
    let memory = memories.remove(at: index)
    try? kernel.release(Memory(adopting: memory.address, size: memory.size, pageSize: host.pageSize))
  }
}

@Suite struct PowerModelPropertyTests {
  @Test func `any calls in any order leave nothing but what the kernel leaks`() {
    var faults: [String] = []
    for seed in 0..<UInt64(Rounds.of(20_000)) {
      var walk = Walk(seed: seed)
      for _ in 0..<120 { walk.step() }
      walk.end()
      faults += walk.faults.map { "seed \(seed): \($0)" }
    }
    #expect(faults == [])
  }
}
