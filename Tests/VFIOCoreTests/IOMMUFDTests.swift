import Testing
import VFIOCore
import VFIOTypes

/// A device bound to an iommufd and attached to an IOAS, and 1 MiB of memory.
private struct Attached: ~Copyable {
  var kernel: AskedKernel
  let iommufd: IOMMUFD
  let device: Device
  var ioas: IOAS
  let memory: Memory

  static let ranges = [
    IOVARange(start: 0, last: 0xfedf_ffff), IOVARange(start: 0xfef0_0000, last: 0xffff_ffff_ffff),
  ]

  static func make() throws(KernelError) -> Attached {
    var kernel = AskedKernel()
    kernel.memory.pageSize = 4096
    kernel.replies = [
      .ioasAlloc: .object(ObjectID(2)), .deviceBindIOMMUFD: .object(ObjectID(1)),
      .deviceAttachIOMMUFDPT: .object(ObjectID(3)), .hwptAlloc: .object(ObjectID(4)),
      .ioasIOVARanges: .ioasRanges(IOASRanges(count: 2, ranges: ranges, alignment: 4096)),
    ]
    let iommufd = try IOMMUFD.open(in: &kernel)
    let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)
    let device = try DeviceNode.open(3, at: address, in: &kernel).bind(to: iommufd, in: &kernel)
    var ioas = try iommufd.makeIOAS(named: "main", in: &kernel)
    try device.attach(to: &ioas, in: &kernel)
    let memory = try kernel.allocate(0x10_0000)
    return Attached(kernel: kernel, iommufd: iommufd, device: device, ioas: ioas, memory: memory)
  }

  mutating func map(_ iova: UInt64, _ size: UInt64, offset: UInt64 = 0) -> KernelError? {
    do throws(KernelError) {
      try ioas.map(memory, offset: offset, size: size, at: iova, of: iommufd, in: &kernel)
      return nil
    } catch { return error }
  }

  mutating func unmap(_ iova: UInt64, _ size: UInt64) -> KernelError.Cause? {
    do throws(KernelError) {
      try ioas.unmap(at: iova, size: size, of: iommufd, in: &kernel)
      return nil
    } catch { return error.cause }
  }

  /// Ends everything; what stays open is told.
  consuming func end() throws(KernelError) -> Int {
    try kernel.release(memory)
    try ioas.destroy(of: iommufd, in: &kernel)
    try device.close(in: &kernel)
    try iommufd.close(in: &kernel)
    return kernel.open
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

@Suite struct IOMMUFDTests {
  @Test func `a device is bound, attached and mapped for in the kernel's order`() throws {
    var attached = try Attached.make()
    let mapped = attached.map(0x10_0000, 0x10_0000)
    let address = attached.memory.address
    let iommufd = attached.iommufd.number
    let binding = attached.device.binding
    let unmapped = attached.unmap(0x10_0000, 0x10_0000)
    try attached.device.detach(from: &attached.ioas, in: &attached.kernel)
    let asked = attached.kernel.asked
    let open = try attached.end()
    #expect(mapped == nil)
    #expect(unmapped == nil)
    #expect(binding == ObjectID(1))
    #expect(
      asked == [
        .deviceBindIOMMUFD(iommufd), .ioasAlloc, .deviceAttachIOMMUFDPT(ObjectID(2)),
        .ioasIOVARanges(ObjectID(2), capacity: 16),
        .ioasMap(ObjectID(2), DMAMapping(iova: 0x10_0000, size: 0x10_0000, address: address)),
        .ioasUnmap(ObjectID(2), IOVARange(start: 0x10_0000, last: 0x1f_ffff)), .deviceDetachIOMMUFDPT,
      ]
    )
    #expect(open == 0)
  }

  @Test(arguments: [
    MapCase(
      name: "into the MSI addresses",
      iova: 0xfedf_f000,
      size: 0x2000,
      fault: .outside(Attached.ranges)
    ),
    MapCase(
      name: "past the last address",
      iova: 0xffff_ffff_f000,
      size: 0x2000,
      fault: .outside(Attached.ranges)
    ),
    MapCase(name: "of size 0", iova: 0, size: 0, fault: .empty),
    MapCase(name: "at no page", iova: 0x800, size: 0x1000, fault: .unaligned(0x1000)),
    MapCase(name: "of memory at no page", iova: 0, size: 0x1000, offset: 8, fault: .unaligned(0x1000)),
    MapCase(name: "past all addresses", iova: UInt64.max - 0xfff, size: 0x2000, fault: .wraps),
    MapCase(
      name: "over a mapping",
      iova: 0x3000,
      size: 0x2000,
      fault: .overlaps(IOVARange(start: 0x4000, last: 0x4fff))
    ),
  ])
  fileprivate func `a map the kernel would refuse is not asked for`(_ item: MapCase) throws {
    var attached = try Attached.make()
    let first = attached.map(0x4000, 0x1000)
    attached.kernel.asked = []
    let error = attached.map(item.iova, item.size, offset: item.offset)
    let asked = attached.kernel.asked
    _ = try attached.end()
    #expect(first == nil)
    #expect(error?.cause == .range(item.fault))
    #expect(asked == [])
  }

  @Test func `an unmap that would cut a mapping or finds none is not asked for`() throws {
    var attached = try Attached.make()
    let first = attached.map(0x4000, 0x2000)
    attached.kernel.asked = []
    let causes = [attached.unmap(0x4000, 0x1000), attached.unmap(0x8000, 0x1000), attached.unmap(0, 0)]
    let asked = attached.kernel.asked
    _ = try attached.end()
    #expect(first == nil)
    #expect(
      causes == [
        .range(.cuts(IOVARange(start: 0x4000, last: 0x5fff))), .range(.unmapped), .range(.empty),
      ]
    )
    #expect(asked == [])
  }

  @Test func `an interrupted map is not asked again`() throws {
    var attached = try Attached.make()
    let first = attached.map(0x4000, 0x1000)
    attached.kernel.asked = []
    attached.kernel.refusals[.ioasMap] = [.system(.eintr)]
    let error = attached.map(0x8000, 0x1000)
    let asked = attached.kernel.asked.count
    _ = try attached.end()
    #expect(first == nil)
    #expect(error == KernelError(.ioasMap, .system(.eintr), on: "IOAS 'main' at 0x8000"))
    #expect(asked == 1)
  }

  @Test func `everything is unmapped by one request, and by none where nothing is`() throws {
    var attached = try Attached.make()
    let mapped = [attached.map(0x4000, 0x2000), attached.map(0x8000, 0x1000)]
    attached.kernel.asked = []
    attached.kernel.replies[.ioasUnmap] = .unmapped(0x3000)
    try attached.ioas.unmapAll(of: attached.iommufd, in: &attached.kernel)
    try attached.ioas.unmapAll(of: attached.iommufd, in: &attached.kernel)
    let left = attached.ioas.mappings
    let asked = attached.kernel.asked
    _ = try attached.end()
    #expect(mapped == [nil, nil])
    #expect(left == [])
    #expect(asked == [.ioasUnmapAll(ObjectID(2))])
  }

  @Test func `the kernel chooses an address and it is known`() throws {
    var attached = try Attached.make()
    attached.kernel.replies[.ioasMap] = .iova(0x7000)
    let range = try attached.ioas.map(
      attached.memory,
      size: 0x2000,
      of: attached.iommufd,
      in: &attached.kernel
    )
    let mappings = attached.ioas.mappings
    let over = attached.map(0x8000, 0x1000)
    _ = try attached.end()
    #expect(range == IOVARange(start: 0x7000, last: 0x8fff))
    #expect(mappings == [range])
    #expect(over?.cause == .range(.overlaps(range)))
  }

  @Test func `what is not mapped whole in one address space is not copied into another`() throws {
    var attached = try Attached.make()
    attached.kernel.replies[.ioasAlloc] = .object(ObjectID(9))
    var other = try attached.iommufd.makeIOAS(named: "other", in: &attached.kernel)
    let mapped = [attached.map(0x4000, 0x2000), attached.map(0x6000, 0x1000)]
    let range = IOVARange(start: 0x4000, last: 0x6fff)
    try other.copy(
      from: attached.ioas,
      range,
      at: 0x10_0000,
      of: attached.iommufd,
      in: &attached.kernel
    )
    let last = attached.kernel.asked.last
    attached.kernel.asked = []
    var refused: KernelError.Cause?
    do throws(KernelError) {
      try other.copy(
        from: attached.ioas,
        IOVARange(start: 0x4000, last: 0x7fff),
        at: 0x20_0000,
        of: attached.iommufd,
        in: &attached.kernel
      )
    } catch { refused = error.cause }
    let asked = attached.kernel.asked
    try other.destroy(of: attached.iommufd, in: &attached.kernel)
    _ = try attached.end()
    #expect(mapped == [nil, nil])
    #expect(
      last
        == .ioasCopy(IOASCopy(from: ObjectID(2), at: 0x4000, to: ObjectID(9), at: 0x10_0000, size: 0x3000))
    )
    #expect(refused == .range(.unmapped))
    #expect(asked == [])
  }

  @Test func `more ranges than there was room for are asked for again`() throws {
    var attached = try Attached.make()
    attached.kernel.replies[.ioasIOVARanges] = .ioasRanges(IOASRanges(count: 40, ranges: [], alignment: 1))
    attached.kernel.asked = []
    var cause: KernelError.Cause?
    do throws(KernelError) {
      _ = try attached.ioas.readInformation(of: attached.iommufd, in: &attached.kernel)
    } catch { cause = error.cause }
    let asked = attached.kernel.asked
    _ = try attached.end()
    #expect(
      asked == [.ioasIOVARanges(ObjectID(2), capacity: 16), .ioasIOVARanges(ObjectID(2), capacity: 40)]
    )
    // Before a device is attached the kernel tells an alignment of 1.
    #expect(cause == nil)
  }

  @Test func `a node that cannot be bound is closed`() throws {
    var kernel = AskedKernel()
    kernel.refusals[.deviceBindIOMMUFD] = [.system(.eperm)]
    let iommufd = try IOMMUFD.open(in: &kernel)
    let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)
    var failure: KernelError?
    do throws(KernelError) {
      let device = try DeviceNode.open(3, at: address, in: &kernel).bind(to: iommufd, in: &kernel)
      try device.close(in: &kernel)
    } catch { failure = error }
    try iommufd.close(in: &kernel)
    let open = kernel.open
    #expect(failure == KernelError(.deviceBindIOMMUFD, .system(.eperm), on: "0000:01:00.0"))
    #expect(open == 0)
  }

  @Test func `a page table notes writes and tells them`() throws {
    var attached = try Attached.make()
    let table = try attached.iommufd.makePageTable(
      for: attached.device,
      over: attached.ioas,
      flags: .dirtyTracking,
      in: &attached.kernel
    )
    try attached.device.attach(to: table, over: &attached.ioas, in: &attached.kernel)
    try table.startDirtyTracking(of: attached.iommufd, in: &attached.kernel)
    let query = DirtyQuery(range: IOVARange(start: 0, last: 0x4_0fff), pageSize: 4096)
    attached.kernel.replies[.hwptGetDirtyBitmap] = .dirtyBitmap([1, 0])
    let words = try table.dirtyPages(query, of: attached.iommufd, in: &attached.kernel)
    attached.kernel.asked = []
    var refused: KernelError.Cause?
    do throws(KernelError) {
      let odd = DirtyQuery(range: IOVARange(start: 0, last: 0x800), pageSize: 4096)
      _ = try table.dirtyPages(odd, of: attached.iommufd, in: &attached.kernel)
    } catch { refused = error.cause }
    let asked = attached.kernel.asked
    try table.stopDirtyTracking(of: attached.iommufd, in: &attached.kernel)
    try table.destroy(of: attached.iommufd, in: &attached.kernel)
    _ = try attached.end()
    #expect(words == [1, 0])
    #expect(refused == .range(.unaligned(4096)))
    #expect(asked == [])
  }
}

@Suite struct InterruptTests {
  private static let msix = IRQInfo(index: 2, flags: .eventfd, count: 5)
  private static let intx = IRQInfo(index: 0, flags: [.eventfd, .maskable, .automasked], count: 1)

  @Test func `vectors are delivered to counters, masked and switched off`() throws {
    var attached = try Attached.make()
    let counter = try EventCounter.make(in: &attached.kernel)
    let number = counter.number
    attached.kernel.asked = []
    try attached.device.deliver(InterruptTests.msix, from: 3, to: [number, nil], in: &attached.kernel)
    try attached.device.trigger(InterruptTests.msix, 3, in: &attached.kernel)
    try attached.device.switchOff(InterruptTests.msix, in: &attached.kernel)
    try attached.device.mask(InterruptTests.intx, in: &attached.kernel)
    try attached.device.unmask(InterruptTests.intx, in: &attached.kernel)
    try attached.device.unmask(InterruptTests.intx, whenever: counter, in: &attached.kernel)
    let asked = attached.kernel.asked
    try counter.close(in: &attached.kernel)
    _ = try attached.end()
    #expect(
      asked == [
        .deviceSetIRQs(IRQSet(index: 2, start: 3, action: .trigger, vectors: .eventfds([number, nil]))),
        .deviceSetIRQs(IRQSet(index: 2, start: 3, action: .trigger, vectors: .now(count: 1))),
        .deviceSetIRQs(IRQSet(index: 2, action: .trigger, vectors: .now(count: 0))),
        .deviceSetIRQs(IRQSet(index: 0, action: .mask, vectors: .now(count: 1))),
        .deviceSetIRQs(IRQSet(index: 0, action: .unmask, vectors: .now(count: 1))),
        .deviceSetIRQs(IRQSet(index: 0, action: .unmask, vectors: .eventfds([number]))),
      ]
    )
  }

  @Test func `vectors that are not there and masks that cannot be are not asked for`() throws {
    var attached = try Attached.make()
    attached.kernel.asked = []
    var causes: [KernelError.Cause?] = []
    do throws(KernelError) {
      try attached.device.deliver(InterruptTests.msix, from: 4, to: [nil, nil], in: &attached.kernel)
    } catch { causes.append(error.cause) }
    do throws(KernelError) {
      try attached.device.deliver(InterruptTests.msix, to: [], in: &attached.kernel)
    } catch { causes.append(error.cause) }
    do throws(KernelError) {
      try attached.device.trigger(InterruptTests.msix, 5, in: &attached.kernel)
    } catch { causes.append(error.cause) }
    do throws(KernelError) {
      try attached.device.mask(InterruptTests.msix, in: &attached.kernel)
    } catch { causes.append(error.cause) }
    let asked = attached.kernel.asked
    _ = try attached.end()
    #expect(
      causes == [
        .interrupts(.vectors(5)), .interrupts(.vectors(5)), .interrupts(.vectors(5)),
        .interrupts(.notMaskable),
      ]
    )
    #expect(asked == [])
  }

  @Test func `a hot reset tells its functions with as much room as they need`() throws {
    var attached = try Attached.make()
    let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 1)
    let member = HotResetInfo.Member(owner: 0, address: address)
    let info = HotResetInfo(flags: [.byDevice, .owned], count: 1, members: [member])
    attached.kernel.replies[.deviceGetPCIHotResetInfo] = .hotResetInfo(info)
    attached.kernel.asked = []
    let told = try attached.device.hotResetInformation(in: &attached.kernel)
    try attached.device.hotReset(in: &attached.kernel)
    let asked = attached.kernel.asked
    _ = try attached.end()
    #expect(told == info)
    #expect(asked == [.deviceGetPCIHotResetInfo(capacity: 16), .devicePCIHotReset(groups: [])])
  }
}
