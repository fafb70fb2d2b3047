import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// What a request came to.
private typealias Answer = Result<Reply, KernelError.Cause>

/// A POWER machine of the model, asked past all checks of ours.
private struct Board: ~Copyable {
  var kernel: ModelKernel
  /// A container with its groups, and the model they were set to.
  var container = DescriptorNumber(-1)
  var groups: [DescriptorNumber] = []

  init(_ host: ModelHost) { kernel = ModelKernel(host) }

  /// A machine whose first groups are in a container.
  init(_ host: ModelHost, _ model: IOMMUModel, groups count: UInt32 = 1) throws {
    self.init(host)
    try join(model, groups: count)
  }

  mutating func join(_ model: IOMMUModel, groups count: UInt32 = 1) throws {
    container = try kernel.open(.container).relinquish()
    for number in 0..<count { groups.append(try kernel.open(.group(IOMMUGroupID(number))).relinquish()) }
    for group in groups {
      try #require(ask(.groupSetContainer(container), group) == .success(.done))
    }
    try #require(ask(.setIOMMU(model)) == .success(.done))
  }

  mutating func ask(_ request: Request, _ number: DescriptorNumber? = nil) -> Answer {
    let descriptor = Descriptor(adopting: number ?? container)
    let answer: Answer
    do throws(KernelError) {
      answer = .success(try kernel.perform(request, on: descriptor))
    } catch { answer = .failure(error.cause) }
    _ = descriptor.relinquish()
    return answer
  }

  /// Answers whether a request was refused, and how.
  mutating func refusal(_ request: Request, _ number: DescriptorNumber? = nil) -> ErrorNumber? {
    if case .failure(.system(let errno)) = ask(request, number) { errno } else { nil }
  }

  mutating func memory(_ size: UInt64, _ pages: MemoryPages = .anonymous) throws -> MemoryRange {
    let memory = try kernel.allocate(size, pages)
    let range = MemoryRange(address: memory.address, size: size)
    memory.relinquish()
    return range
  }

  /// Closes everything; memory stays.
  mutating func close() throws {
    for number in groups + [container] { try kernel.close(Descriptor(adopting: number)) }
    groups = []
  }
}

private let groups = (0..<3 as Range<UInt32>).map { number in
  ModelGroup(
    IOMMUGroupID(number),
    devices: [ModelDevice(PCIAddress(domain: number, bus: 1, device: 0, function: 0))]
  )
}

private func window(_ shift: UInt32, _ size: UInt64, _ levels: UInt32 = 1) -> Request {
  .iommuSPAPRTCECreate(TCEWindow(pageShift: shift, size: size, levels: levels))
}

private func map(_ memory: MemoryRange, at iova: UInt64, _ size: UInt64) -> Request {
  .iommuMapDMA(DMAMapping(iova: iova, size: size, address: memory.address))
}

/// A window with what its table costs on both platforms: domain/papr.md 7.1.
private struct Cost: CustomTestStringConvertible, Sendable {
  var shift: UInt32
  var size: UInt64
  var levels: UInt32
  var powernv: UInt64
  /// Nil for what a partition refuses.
  var pseries: UInt64?

  init(_ shift: UInt32, _ gibibytes: UInt64, _ levels: UInt32, _ powernv: UInt64, _ pseries: UInt64?) {
    (self.shift, self.size, self.levels) = (shift, gibibytes << 30, levels)
    (self.powernv, self.pseries) = (powernv, pseries)
  }

  var testDescription: String { "pages of 2^\(shift), \(size >> 30) GiB, \(levels) levels" }
}

@Suite struct PowerModelTests {
  @Test(arguments: [
    Cost(12, 1, 1, 4_194_304, 2_097_152), Cost(12, 2, 1, 8_388_608, 4_194_304),
    Cost(12, 64, 2, 268_566_528, nil), Cost(16, 64, 1, 16_777_216, 8_388_608),
    Cost(16, 128, 1, 33_554_432, 16_777_216), Cost(16, 256, 2, 67_239_936, nil),
    Cost(21, 256, 1, 2_097_152, 1_048_576), Cost(24, 256, 1, 262_144, 131_072),
  ])
  private func `a table costs what the page says`(cost: Cost) throws {
    var bare = ModelPE.powernv9
    bare.pageSizes = PageSizes(mask: 0x121_1000)
    var hosts = [
      (ModelHost(groups: groups, pe: bare, eeh: .silent, pageSize: 0x1_0000), Optional(cost.powernv))
    ]
    hosts.append((.pseries(groups), cost.pseries))
    for (host, bytes) in hosts {
      var board = try Board(host, .spaprTCEv2)
      _ = board.ask(.iommuSPAPRTCERemove(start: 0))
      let refusal = board.refusal(window(cost.shift, cost.size, cost.levels))
      let locked = board.kernel.lockedBytes
      #expect(refusal == (bytes == nil ? .einval : nil))
      if let bytes { #expect(locked == bytes) }
      try board.close()
    }
  }

  @Test func `pages of a window need pages as large behind the memory`() throws {
    var host = ModelHost.pseries(groups, pageSize: 0x1000)
    host.hugePages = [0x20_0000: 64]
    var board = try Board(host, .spaprTCEv2)
    let huge = try board.memory(0x200_0000, MemoryPages(hugePageSize: 0x20_0000))
    let plain = try board.memory(0x200_0000)
    _ = board.ask(.iommuSPAPRTCERemove(start: 0))
    for memory in [huge, plain] { #expect(board.ask(.iommuSPAPRRegisterMemory(memory)) == .success(.done)) }
    var answers: [ErrorNumber?] = []
    for shift in [12, 16, 21, 24] as [UInt32] {
      guard case .success(.window(let start)) = board.ask(window(shift, 1 << 36)) else { break }
      for memory in [huge, plain] {
        answers.append(board.refusal(map(memory, at: start, 1 << UInt64(shift))))
      }
      #expect(board.ask(.iommuSPAPRTCERemove(start: start)) == .success(.done))
    }
    #expect(answers == [nil, nil, nil, .einval, nil, .einval, .einval, .einval])
    // A region that does not begin at a huge page takes only IOMMU pages as large as where it begins.
    let part = MemoryRange(address: huge.address + 0x1_0000, size: 0x1_0000)
    #expect(board.ask(.iommuSPAPRUnregisterMemory(huge)) == .success(.done))
    #expect(board.ask(.iommuSPAPRRegisterMemory(part)) == .success(.done))
    _ = board.ask(window(16, 1 << 36))
    #expect(board.refusal(map(part, at: 1 << 59, 0x1_0000)) == nil)
    try board.close()
  }

  @Test func `a partition without DDW takes neither model`() throws {
    let host = ModelHost.pseries(groups, pe: .pseriesNoDDW)
    for model in [IOMMUModel.spaprTCE, .spaprTCEv2] {
      var board = try Board(host, model)
      let memory = try board.memory(0x1_0000)
      _ = board.ask(model == .spaprTCE ? .iommuEnable : .iommuSPAPRRegisterMemory(memory))
      let info = board.ask(.iommuSPAPRTCEGetInfo(capacity: 32))
      let answers = (0..<2).map { _ in board.refusal(map(memory, at: 0, 0x1_0000)) }
      #expect(answers == [.einval, .enodev])
      guard model == .spaprTCEv2 else {
        try board.close()
        continue
      }
      let windows = SPAPRTCEInfo.DynamicWindows(
        pageSizes: PageSizes(mask: 0x1000),
        count: UInt32.max,
        levels: 0
      )
      #expect(
        info
          == .success(
            .spaprTCEInfo(
              SPAPRTCEInfo(windowStart: 0, windowSize: 0x4000_0000, dynamicWindows: windows)
            )
          )
      )
      try board.close()
    }
  }

  @Test func `a PE on which a window failed has none in any container until the next boot`() throws {
    var board = try Board(.pseries(groups), .spaprTCEv2)
    let memory = try board.memory(0x1_0000)
    _ = board.ask(.iommuSPAPRTCERemove(start: 0))
    let answers = [board.refusal(window(16, 1 << 32)), board.refusal(window(16, 1 << 32))]
    #expect(answers == [nil, .enodev])
    try board.close()
    try board.join(.spaprTCEv2)
    _ = board.ask(.iommuSPAPRRegisterMemory(memory))
    let again = [board.refusal(map(memory, at: 0, 0x1_0000)), board.refusal(window(16, 1 << 32))]
    #expect(again == [.enodev, .enodev])
    let source = board.kernel.lastRefusal?.source
    #expect(source == "pseries/iommu.c: spapr_tce_create_table, a window could not be made before")
    try board.close()
    var other = Board(.pseries(groups))
    try other.join(.spaprTCEv2)
    #expect(other.refusal(window(16, 1 << 32)) == nil)
    try other.close()
  }

  @Test func `a virtual function of a partition has one window`() throws {
    var board = try Board(.pseries(groups, pe: .pseriesVF), .spaprTCEv2)
    #expect(board.refusal(window(16, 1 << 32)) == .enodev)
    try board.close()
    var alone = try Board(.pseries(groups, pe: .pseriesVF), .spaprTCEv2)
    _ = alone.ask(.iommuSPAPRTCERemove(start: 0))
    #expect(alone.ask(window(16, 1 << 32)) == .success(.window(start: 1 << 59)))
    try alone.close()
  }

  @Test func `a PE without dynamic windows refuses version 2 and takes version 1 after it`() throws {
    let host = ModelHost(groups: groups, pe: .version1Only, eeh: .silent, pageSize: 0x1_0000)
    var board = Board(host)
    let container = try board.kernel.open(.container).relinquish()
    let group = try board.kernel.open(.group(IOMMUGroupID(0))).relinquish()
    #expect(board.ask(.groupSetContainer(container), group) == .success(.done))
    #expect(board.refusal(.setIOMMU(.spaprTCEv2), container) == .einval)
    #expect(board.refusal(.setIOMMU(.spaprTCE), container) == nil)
    for number in [group, container] { try board.kernel.close(Descriptor(adopting: number)) }
    let isIdle = board.kernel.isIdle
    #expect(isIdle)
  }

  @Test func `a group without TCE tables, and a kernel without the module, take no sPAPR model`() throws {
    var hosts = [ModelHost.powernv9(groups), ModelHost.powernv9(groups)]
    hosts[0].groups[0].pe = nil
    hosts[1].hasSPAPR = false
    for host in hosts {
      var board = Board(host)
      let container = try board.kernel.open(.container).relinquish()
      let group = try board.kernel.open(.group(IOMMUGroupID(0))).relinquish()
      _ = board.ask(.groupSetContainer(container), group)
      #expect(board.refusal(.setIOMMU(.spaprTCEv2), container) == .enodev)
      for number in [group, container] { try board.kernel.close(Descriptor(adopting: number)) }
    }
  }

  @Test func `POWER8 does not come back from nothing at bus address 0`() throws {
    for (request, isLockedUp) in [
      (Request.malformed(.iommuUnmapDMA(IOVARange(start: 0x1_0000, last: 0x1_0000)), .emptyRange), false),
      (.malformed(.iommuUnmapDMA(IOVARange(start: 0, last: 0)), .emptyRange), true),
      (.iommuMapDMA(DMAMapping(iova: 0x1_0000, size: 0, address: 0x1_0000)), false),
      (.iommuMapDMA(DMAMapping(iova: 0, size: 0, address: 0x1_0000)), true),
      // A first page that is refused leaves nothing to take back.
      (.iommuMapDMA(DMAMapping(iova: 0, size: 0x1_0000, address: 0x1_0000)), true),
      (.iommuMapDMA(DMAMapping(iova: 0x1_0000, size: 0x1_0000, address: 0x1_0000)), false),
    ] {
      var board = try Board(.powernv8(groups), .spaprTCE)
      _ = board.ask(.iommuEnable)
      _ = board.ask(request)
      let damage = board.kernel.damage
      #expect(damage == (isLockedUp ? [.lockedUp] : []))
      try board.close()
    }
  }

  @Test func `a map past the end of a window writes past its table on a bare host alone`() throws {
    for (host, damage) in [
      (ModelHost.powernv9(groups), Set([ModelDamage.wrotePastTable])), (.pseries(groups), [.lostRegion]),
    ] {
      var board = try Board(host, .spaprTCEv2)
      let memory = try board.memory(0x10_0000)
      _ = board.ask(.iommuSPAPRRegisterMemory(memory))
      let size = UInt64(host.groups[0].pe?.windowSize ?? 0)
      _ = board.ask(map(memory, at: size - 0x1_0000, 0x2_0000))
      #expect(board.kernel.damage == damage)
      try board.close()
    }
  }

  @Test func `what two containers of a process register is charged once`() throws {
    var board = try Board(.powernv9(groups), .spaprTCEv2)
    let memory = try board.memory(0x10_0000)
    let first = board.container
    let other = try board.kernel.open(.container).relinquish()
    let group = try board.kernel.open(.group(IOMMUGroupID(1))).relinquish()
    _ = board.ask(.groupSetContainer(other), group)
    _ = board.ask(.setIOMMU(.spaprTCEv2), other)
    var locked: [UInt64] = []
    for (request, container) in [
      (Request.iommuSPAPRRegisterMemory(memory), first), (.iommuSPAPRRegisterMemory(memory), other),
      (.iommuSPAPRUnregisterMemory(memory), first), (.iommuSPAPRUnregisterMemory(memory), other),
    ] {
      #expect(board.ask(request, container) == .success(.done))
      locked.append(board.kernel.lockedBytes)
    }
    #expect(locked == [0x10_0000, 0x10_0000, 0x10_0000, 0])
    for number in [group, other] { try board.kernel.close(Descriptor(adopting: number)) }
    try board.close()
  }

  @Test func `an error that is put into a PE freezes it until it is thawed or reset`() throws {
    var host = ModelHost.powernv9(groups)
    host.eeh = .working
    var board = try Board(host, .spaprTCEv2)
    var states: [Answer] = []
    for operation in [
      EEHOperation.injectError(EEHError(kind: .bits32, function: 0)), .enable,
      .injectError(EEHError(kind: .bits32, function: 0)), .unfreezeIO, .unfreezeDMA,
      .injectError(EEHError(kind: .bits64, function: 19)), .resetHot, .resetDeactivate, .configure,
    ] {
      #expect(board.ask(.eehPEOp(operation)) == .success(.done))
      states.append(board.ask(.eehPEOp(.getState)))
    }
    let expected: [EEHState] = [
      .normal, .normal, .stopped, .stoppedDMA, .normal, .stopped, .reset, .normal, .normal,
    ]
    #expect(states == expected.map { .success(.eehState($0)) })
    #expect(board.refusal(.eehPEOp(.injectError(EEHError(kind: .bits32, function: 20)))) == .einval)
    try board.close()
  }
}
