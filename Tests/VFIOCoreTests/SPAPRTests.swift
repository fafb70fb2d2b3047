import Testing
import VFIOCore
import VFIOTypes

/// A v2 or v1 container with one group, and 1 MiB of memory.
private struct Prepared: ~Copyable {
  var kernel: AskedKernel
  var container: Container
  var group: Group
  var memory: Memory
  let mebibyte: UInt64 = 0x10_0000

  static let powernv = SPAPRTCEInfo(
    windowStart: 0,
    windowSize: 0x8000_0000,
    dynamicWindows: .init(pageSizes: PageSizes(mask: 0x4021_1000), count: 2, levels: 5)
  )
  static let pseries = SPAPRTCEInfo(
    windowStart: 0,
    windowSize: 0x4000_0000,
    dynamicWindows: .init(pageSizes: PageSizes(mask: 0x121_1000), count: 2, levels: 1)
  )
  static let v1 = SPAPRTCEInfo(windowStart: 0, windowSize: 0x8000_0000, dynamicWindows: nil)

  /// The container, of which the windows were read.
  static func make(_ info: SPAPRTCEInfo, _ model: IOMMUModel = .spaprTCEv2) throws(KernelError) -> Prepared {
    var kernel = AskedKernel()
    kernel.replies[.iommuSPAPRTCEGetInfo] = .spaprTCEInfo(info)
    kernel.replies[.iommuSPAPRTCECreate] = .window(start: 1 << 59)
    var container = try Container.open(named: "phb", in: &kernel)
    let group = try Group.open(IOMMUGroupID(4), in: &kernel)
    let memory = try kernel.allocate(0x10_0000)
    try group.attach(to: &container, in: &kernel)
    try container.setIOMMU(model, in: &kernel)
    _ = try container.tceInformation(in: &kernel)
    kernel.asked = []
    return Prepared(kernel: kernel, container: container, group: group, memory: memory)
  }

  mutating func register(_ size: UInt64, offset: UInt64 = 0) -> KernelError.Cause? {
    do throws(KernelError) {
      try container.register(memory, offset: offset, size: size, in: &kernel)
      return nil
    } catch { return error.cause }
  }

  mutating func unregister(_ size: UInt64) -> KernelError.Cause? {
    do throws(KernelError) {
      try container.unregister(memory, size: size, in: &kernel)
      return nil
    } catch { return error.cause }
  }

  mutating func map(_ iova: UInt64, _ size: UInt64, offset: UInt64 = 0) -> KernelError.Cause? {
    do throws(KernelError) {
      try container.map(memory, offset: offset, size: size, at: iova, in: &kernel)
      return nil
    } catch { return error.cause }
  }

  mutating func unmap(_ iova: UInt64, _ size: UInt64) -> KernelError.Cause? {
    do throws(KernelError) {
      try container.unmap(at: iova, size: size, in: &kernel)
      return nil
    } catch { return error.cause }
  }

  /// What making a window ends in; a window that was made is left to the container.
  mutating func create(_ window: TCEWindow) -> KernelError.Cause? {
    do throws(KernelError) {
      let made = try container.createWindow(window, in: &kernel)
      made.relinquish()
      return nil
    } catch { return error.cause }
  }

  mutating func removeDefault() throws(KernelError) {
    guard let window = try container.defaultWindow(in: &kernel) else { return }
    try window.remove(from: &container, in: &kernel)
  }

  consuming func end() throws(KernelError) {
    try kernel.release(memory)
    try group.close(in: &kernel)
    try container.close(in: &kernel)
  }
}

/// A map, and what the checks say of it.
private struct MapCase: Sendable, CustomTestStringConvertible {
  var name: String
  var iova: UInt64
  var size: UInt64
  var offset: UInt64 = 0
  var fault: RangeFault
  var testDescription: String { name }
}

/// A window, and what the checks say of it.
private struct WindowCase: Sendable, CustomTestStringConvertible {
  var name: String
  var info = Prepared.powernv
  var window: TCEWindow
  var fault: WindowFault
  var testDescription: String { name }
}

@Suite struct SPAPRTests {
  private static let window = IOVARange(start: 0, last: 0x7fff_ffff)
  private static let high = IOVARange(start: 1 << 59, last: 1 << 59 + 0xffff_ffff)

  @Test(arguments: [
    MapCase(name: "past the window's end", iova: 0x7fff_f000, size: 0x2000, fault: .outside([window])),
    MapCase(name: "outside every window", iova: 1 << 59, size: 0x1000, fault: .outside([window])),
    MapCase(name: "of size 0", iova: 0, size: 0, fault: .empty),
    MapCase(name: "at no page", iova: 0x800, size: 0x1000, fault: .unaligned(0x1000)),
    MapCase(name: "of half a page", iova: 0, size: 0x800, fault: .unaligned(0x1000)),
    MapCase(name: "of memory at no page", iova: 0, size: 0x1000, offset: 1, fault: .unaligned(0x1000)),
    MapCase(name: "past all addresses", iova: UInt64.max - 0xfff, size: 0x2000, fault: .wraps),
    MapCase(name: "past the memory", iova: 0, size: 0x1000, offset: 0x10_0000, fault: .pastMemory(0x10_0000)),
    MapCase(name: "of unregistered memory", iova: 0, size: 0x1000, offset: 0x8_0000, fault: .notRegistered),
    MapCase(
      name: "of memory registered in part",
      iova: 0,
      size: 0x2_0000,
      offset: 0x7_0000,
      fault: .notRegistered
    ),
  ])
  fileprivate func `a map the kernel would take wrongly is not asked for`(_ item: MapCase) throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let registered = prepared.register(0x8_0000)
    prepared.kernel.asked = []
    let cause = prepared.map(item.iova, item.size, offset: item.offset)
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(registered == nil)
    #expect(cause == .range(item.fault))
    #expect(asked == [])
  }

  @Test func `what lies in a window and in registered memory is mapped`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let causes = [
      prepared.register(0x8_0000), prepared.register(0x8_0000, offset: 0x8_0000),
      prepared.map(0x7fff_f000, 0x1000), prepared.map(0, 0x2_0000, offset: 0x7_0000),
      prepared.map(0, 0x1000), prepared.unmap(0, 0x2_0000), prepared.unmap(0, 0x2_0000),
    ]
    let address = prepared.memory.address
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(causes == [nil, nil, nil, nil, nil, nil, nil])
    #expect(
      asked == [
        .iommuSPAPRRegisterMemory(MemoryRange(address: address, size: 0x8_0000)),
        .iommuSPAPRRegisterMemory(MemoryRange(address: address + 0x8_0000, size: 0x8_0000)),
        .iommuMapDMA(DMAMapping(iova: 0x7fff_f000, size: 0x1000, address: address)),
        .iommuMapDMA(DMAMapping(iova: 0, size: 0x2_0000, address: address + 0x7_0000)),
        .iommuMapDMA(DMAMapping(iova: 0, size: 0x1000, address: address)),
        .iommuUnmapDMA(IOVARange(start: 0, last: 0x1_ffff)),
        .iommuUnmapDMA(IOVARange(start: 0, last: 0x1_ffff)),
      ]
    )
  }

  @Test func `an unmap of a window that is still to be made asks nothing`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let causes = [
      prepared.unmap(0, 0x8000_0000), prepared.unmap(0, 0), prepared.unmap(0x7fff_f000, 0x2000),
      prepared.unmap(0x800, 0x1000),
    ]
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(
      causes == [
        nil, .range(.empty), .range(.outside([SPAPRTests.window])), .range(.unaligned(0x1000)),
      ]
    )
    #expect(asked == [])
  }

  @Test func `memory is unmapped before it is unregistered`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let first = [prepared.register(0x10_0000), prepared.map(0, 0x1_0000), prepared.map(0x8_0000, 0x1_0000)]
    prepared.kernel.asked = []
    let refused = [prepared.unregister(0x10_0000), prepared.unregister(0x8_0000)]
    let asked = prepared.kernel.asked
    let overwritten = prepared.map(0x8_0000, 0x1_0000, offset: 0x1_0000)
    let unmapped = [prepared.unmap(0, 0x1_0000), prepared.unmap(0x8_0000, 0x1_0000)]
    let unregistered = prepared.unregister(0x10_0000)
    try prepared.end()
    #expect(first == [nil, nil, nil])
    #expect(refused == [.range(.mapped(32)), .range(.notRegistered)])
    #expect(asked == [])
    #expect(overwritten == nil)
    #expect(unmapped == [nil, nil])
    #expect(unregistered == nil)
  }

  @Test func `a removed window gives up the memory it mapped`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let before = [prepared.register(0x10_0000), prepared.map(0, 0x1_0000), prepared.unregister(0x10_0000)]
    try prepared.removeDefault()
    let after = prepared.unregister(0x10_0000)
    try prepared.end()
    #expect(before == [nil, nil, .range(.mapped(16))])
    #expect(after == nil)
  }

  @Test func `memory is registered once and by whole pages`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let first = prepared.register(0x8_0000)
    prepared.kernel.asked = []
    let causes = [
      prepared.register(0x8_0000), prepared.register(0x1_0000, offset: 0x1_0000), prepared.register(0),
      prepared.register(0x1000, offset: 0x8_0000), prepared.register(0x1_0000, offset: 0x8_1000),
      prepared.register(0x10_0000, offset: 0x8_0000),
    ]
    let start = prepared.memory.address
    let asked = prepared.kernel.asked
    try prepared.end()
    let taken = KernelError.Cause.range(.registered(IOVARange(start: start, last: start + 0x7_ffff)))
    #expect(first == nil)
    #expect(
      causes == [
        taken, taken, .range(.empty), .range(.unaligned(0x1_0000)), .range(.unaligned(0x1_0000)),
        .range(.pastMemory(0x10_0000)),
      ]
    )
    #expect(asked == [])
  }

  @Test(arguments: [
    WindowCase(
      name: "a page size the host has not",
      window: TCEWindow(pageShift: 24, size: 1 << 36),
      fault: .pageSize(PageSizes(mask: 0x4021_1000))
    ),
    WindowCase(
      name: "a shift past all sizes",
      window: TCEWindow(pageShift: 64, size: 1 << 36),
      fault: .pageSize(PageSizes(mask: 0x4021_1000))
    ),
    WindowCase(name: "no power of two", window: TCEWindow(pageShift: 16, size: 3 << 30), fault: .size),
    WindowCase(name: "size 0", window: TCEWindow(pageShift: 16, size: 0), fault: .size),
    WindowCase(name: "less than a page", window: TCEWindow(pageShift: 16, size: 1 << 12), fault: .size),
    WindowCase(
      name: "levels 0",
      window: TCEWindow(pageShift: 16, size: 1 << 32, levels: 0),
      fault: .levels(most: 5)
    ),
    WindowCase(
      name: "levels 6",
      window: TCEWindow(pageShift: 16, size: 1 << 32, levels: 6),
      fault: .levels(most: 5)
    ),
    WindowCase(name: "one level of 128 MiB", window: TCEWindow(pageShift: 16, size: 1 << 40), fault: .table),
    WindowCase(
      name: "two levels on pseries",
      info: Prepared.pseries,
      window: TCEWindow(pageShift: 16, size: 1 << 32, levels: 2),
      fault: .levels(most: 1)
    ),
    WindowCase(
      name: "a second low window on pseries",
      info: Prepared.pseries,
      window: TCEWindow(pageShift: 12, size: 1 << 30),
      fault: .beside(IOVARange(start: 0, last: 0x3fff_ffff))
    ),
    WindowCase(
      name: "a host that counts more windows than there are",
      info: SPAPRTCEInfo(
        windowStart: 0,
        windowSize: 0x4000_0000,
        dynamicWindows: .init(pageSizes: PageSizes(mask: 0x1000), count: UInt32.max, levels: 0)
      ),
      window: TCEWindow(pageShift: 12, size: 1 << 30),
      fault: .notOffered
    ),
  ])
  fileprivate func `a window that would fail is not asked for`(_ item: WindowCase) throws {
    var prepared = try Prepared.make(item.info)
    let cause = prepared.create(item.window)
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(cause == .window(item.fault))
    #expect(asked == [])
  }

  @Test func `there are as many windows as the host says and no more`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let window = TCEWindow(pageShift: 16, size: 1 << 32)
    let first = prepared.create(window)
    prepared.kernel.asked = []
    let second = prepared.create(window)
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(first == nil)
    #expect(second == .window(.noSlot(2)))
    #expect(asked == [])
  }

  @Test func `beside a high window of pseries no other is asked for`() throws {
    var prepared = try Prepared.make(Prepared.pseries)
    try prepared.removeDefault()
    let first = prepared.create(TCEWindow(pageShift: 16, size: 1 << 32))
    prepared.kernel.asked = []
    let second = prepared.create(TCEWindow(pageShift: 16, size: 1 << 34))
    let low = prepared.create(TCEWindow(pageShift: 12, size: 1 << 30))
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(first == nil)
    #expect([second, low] == [.window(.beside(SPAPRTests.high)), .window(.beside(SPAPRTests.high))])
    #expect(asked == [])
  }

  @Test func `after a window of pseries failed none is asked for`() throws {
    var prepared = try Prepared.make(Prepared.pseries)
    try prepared.removeDefault()
    prepared.kernel.refusals[.iommuSPAPRTCECreate] = [.system(.enodev)]
    let first = prepared.create(TCEWindow(pageShift: 16, size: 1 << 32))
    prepared.kernel.asked = []
    let second = prepared.create(TCEWindow(pageShift: 16, size: 1 << 32))
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(first == .system(.enodev))
    #expect(second == .window(.failedBefore))
    #expect(asked == [])
  }

  @Test func `a second group of a pseries container is not asked for`() throws {
    var prepared = try Prepared.make(Prepared.pseries)
    let group = try Group.open(IOMMUGroupID(5), in: &prepared.kernel)
    let cause: KernelError.Cause?
    do throws(KernelError) {
      try group.attach(to: &prepared.container, in: &prepared.kernel)
      cause = nil
    } catch { cause = error.cause }
    let asked = prepared.kernel.asked
    try group.close(in: &prepared.kernel)
    try prepared.end()
    #expect(cause == .window(.severalGroups))
    #expect(asked == [])
  }

  @Test func `pages of a window are no larger than those of the memory`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let window = TCEWindow(pageShift: 21, size: 1 << 36)
    let before = [prepared.register(0x10_0000), prepared.create(window)]
    let huge = try prepared.kernel.allocate(4 << 20, MemoryPages(hugePageSize: 2 << 20))
    try prepared.container.register(huge, size: huge.size, in: &prepared.kernel)
    prepared.kernel.asked = []
    let small = try prepared.kernel.allocate(2 << 20, MemoryPages(hugePageSize: 2 << 20))
    let address = small.address
    try prepared.kernel.release(small)
    // The same memory as if it were made of small pages.
    let other = Memory(adopting: address, size: 2 << 20, pageSize: 0x1_0000)
    try prepared.container.register(other, size: other.size, in: &prepared.kernel)
    prepared.kernel.asked = []
    var causes: [KernelError.Cause?] = []
    do throws(KernelError) {
      try prepared.container.map(other, size: 2 << 20, at: 1 << 59, in: &prepared.kernel)
      causes.append(nil)
    } catch { causes.append(error.cause) }
    let refused = prepared.kernel.asked
    try prepared.container.map(huge, size: 4 << 20, at: 1 << 59, in: &prepared.kernel)
    let asked = prepared.kernel.asked.count
    try prepared.kernel.release(huge)
    try prepared.kernel.release(other)
    try prepared.end()
    #expect(before == [nil, nil])
    #expect(causes == [.range(.pageTooLarge(2 << 20, behind: 0x1_0000))])
    #expect(refused == [])
    #expect(asked == 1)
  }

  // MARK: v1

  @Test func `v1 maps once it is enabled and has one window`() throws {
    var prepared = try Prepared.make(Prepared.v1, .spaprTCE)
    let before = prepared.map(0, 0x1_0000)
    let registered = prepared.register(0x1_0000)
    let created = prepared.create(TCEWindow(pageShift: 16, size: 1 << 32))
    let none = prepared.kernel.asked
    try prepared.container.enable(in: &prepared.kernel)
    let after = [prepared.map(0, 0x1_0000), prepared.map(0x7fff_f000, 0x2000)]
    let address = prepared.memory.address
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(before == .range(.notEnabled))
    #expect([registered, created] == [.window(.notOffered), .window(.notOffered)])
    #expect(none == [])
    #expect(after == [nil, .range(.outside([SPAPRTests.window]))])
    #expect(
      asked == [.iommuEnable, .iommuMapDMA(DMAMapping(iova: 0, size: 0x1_0000, address: address))]
    )
  }

  // MARK: Locked memory

  @Test(arguments: [0, 1] as [UInt64])
  func `enabling v1 needs the window and the table of its first map`(_ short: UInt64) throws {
    var prepared = try Prepared.make(Prepared.v1, .spaprTCE)
    let needed: UInt64 = 0x8000_0000 + 8 << 20
    prepared.kernel.memory.lockedLimit = needed + 0x1000 - short
    prepared.kernel.memory.locked = 0x1000
    let cause: KernelError.Cause?
    do throws(KernelError) {
      try prepared.container.enable(in: &prepared.kernel)
      cause = nil
    } catch { cause = error.cause }
    let asked = prepared.kernel.asked
    try prepared.end()
    let fault = LockedMemoryFault(needed: needed, locked: 0x1000, limit: needed + 0x1000 - 1)
    #expect(cause == (short == 0 ? nil : .lockedMemory(fault)))
    #expect(asked == (short == 0 ? [.iommuEnable] : []))
  }

  @Test func `nothing is registered or made that the process may not lock`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    prepared.kernel.memory.lockedLimit = 0x10_0000
    let registered = prepared.register(0x10_0000)
    prepared.kernel.asked = []
    prepared.kernel.memory.locked = 0x10_0000
    let causes = [
      prepared.map(0, 0x1_0000), prepared.create(TCEWindow(pageShift: 16, size: 1 << 32)),
      prepared.unregister(0x10_0000), prepared.register(0x10_0000),
    ]
    let asked = prepared.kernel.asked
    let address = prepared.memory.address
    try prepared.end()
    func fault(_ needed: UInt64) -> KernelError.Cause {
      .lockedMemory(LockedMemoryFault(needed: needed, locked: 0x10_0000, limit: 0x10_0000))
    }
    #expect(registered == nil)
    // The default window's table is made first: 8 MiB, and 1 MiB for the other.
    #expect(causes == [fault(8 << 20), fault(9 << 20), nil, fault(0x10_0000)])
    #expect(
      asked == [.iommuSPAPRUnregisterMemory(MemoryRange(address: address, size: 0x10_0000))]
    )
  }

  @Test func `memory another container has registered is charged to nobody`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    prepared.kernel.memory.lockedLimit = 0x10_0000
    prepared.kernel.memory.locked = 0x10_0000
    try prepared.container.register(prepared.memory, size: 0x10_0000, charge: .shared, in: &prepared.kernel)
    let asked = prepared.kernel.asked.count
    try prepared.end()
    #expect(asked == 1)
  }

  // MARK: The model

  @Test func `v2 is tried first and v1 taken where it is refused`() throws {
    var kernel = AskedKernel()
    var container = try Container.open(in: &kernel)
    let group = try Group.open(IOMMUGroupID(4), in: &kernel)
    try group.attach(to: &container, in: &kernel)
    kernel.refusals[.setIOMMU] = [.system(.einval)]
    kernel.asked = []
    let model = try container.setSPAPR(in: &kernel)
    let asked = kernel.asked
    let known = container.model
    try group.close(in: &kernel)
    try container.close(in: &kernel)
    #expect(model == .spaprTCE)
    #expect(known == .spaprTCE)
    #expect(asked == [.setIOMMU(.spaprTCEv2), .setIOMMU(.spaprTCE)])
  }

  @Test func `a window is made with as few levels as its table needs`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let window = try prepared.container.createWindow(size: 1 << 40, pageSize: 0x1_0000, in: &prepared.kernel)
    let made = [window.range.start, window.range.last, window.pageSize]
    try window.remove(from: &prepared.container, in: &prepared.kernel)
    let asked = prepared.kernel.asked
    try prepared.end()
    #expect(made == [1 << 59, 1 << 59 + (1 << 40 - 1), 0x1_0000])
    #expect(
      asked == [
        .iommuSPAPRTCECreate(TCEWindow(pageShift: 16, size: 1 << 40, levels: 2)),
        .iommuSPAPRTCERemove(start: 1 << 59),
      ]
    )
  }

  @Test func `an interrupted map is not asked for again`() throws {
    var prepared = try Prepared.make(Prepared.powernv)
    let registered = prepared.register(0x10_0000)
    prepared.kernel.asked = []
    prepared.kernel.refusals[.iommuMapDMA] = [.system(.eintr)]
    let cause = prepared.map(0, 0x1_0000)
    let asked = prepared.kernel.asked.count
    prepared.kernel.refusals[.iommuMapDMA] = [.returned(1)]
    let misaligned = prepared.map(0, 0x1_0000)
    try prepared.end()
    #expect(registered == nil)
    #expect(cause == .system(.eintr))
    #expect(asked == 1)
    #expect(misaligned == .returned(1))
  }
}
