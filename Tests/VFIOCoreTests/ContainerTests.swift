import Testing
import VFIOCore
import VFIOTypes

/// A container with one group and a model, and 64 KiB of memory.
private struct Prepared: ~Copyable {
  var kernel: ModelKernel
  var container: Container
  var group: Group
  var memory: Memory

  static func make(_ change: (inout ModelHost) -> Void = { _ in }) throws(KernelError) -> Prepared {
    var host = ModelHost(groups: [
      ModelGroup(
        IOMMUGroupID(7),
        devices: [ModelDevice(PCIAddress(domain: 0, bus: 1, device: 0, function: 0))]
      )
    ])
    change(&host)
    var kernel = ModelKernel(host)
    var container = try Container.open(named: "main", in: &kernel)
    let group = try Group.open(IOMMUGroupID(7), in: &kernel)
    let memory = try kernel.allocate(0x10000)
    try group.attach(to: &container, in: &kernel)
    try container.setIOMMU(.type1v2, in: &kernel)
    return Prepared(kernel: kernel, container: container, group: group, memory: memory)
  }

  /// What mapping a range ends in, nil for success, and whether the kernel was asked.
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

  /// Ends everything and says whether the kernel holds nothing.
  consuming func end() throws(KernelError) -> Bool {
    try group.close(in: &kernel)
    try container.close(in: &kernel)
    try kernel.release(memory)
    return kernel.isIdle
  }
}

/// A range that is refused before the kernel is asked.
private struct Refused: CustomTestStringConvertible, Sendable {
  var iova: UInt64
  var size: UInt64
  var fault: RangeFault
  var testDescription: String { "0x\(Hexadecimal.text(iova)) + 0x\(Hexadecimal.text(size))" }

  static let ranges = [
    IOVARange(start: 0, last: 0xfedf_ffff), IOVARange(start: 0xfef0_0000, last: 0xffff_ffff_ffff),
  ]
  static let mapped = IOVARange(start: 0x10_0000, last: 0x10_3fff)

  static let maps = [
    Refused(iova: 0, size: 0, fault: .empty),
    Refused(iova: 0x800, size: 0x1000, fault: .unaligned(4096)),
    Refused(iova: 0, size: 0x1800, fault: .unaligned(4096)),
    Refused(iova: 0xffff_ffff_ffff_f000, size: 0x2000, fault: .wraps),
    Refused(iova: 0xfee0_0000, size: 0x1000, fault: .outside(ranges)),
    Refused(iova: 0xfedf_f000, size: 0x2000, fault: .outside(ranges)),
    Refused(iova: 0x1_0000_0000_0000, size: 0x1000, fault: .outside(ranges)),
    Refused(iova: 0xf_f000, size: 0x2000, fault: .overlaps(mapped)),
    Refused(iova: 0x10_3000, size: 0x1000, fault: .overlaps(mapped)),
    Refused(iova: 0x20_0000, size: 0x11000, fault: .pastMemory(0x10000)),
  ]

  static let unmaps = [
    Refused(iova: 0x10_0000, size: 0, fault: .empty),
    Refused(iova: 0xffff_ffff_ffff_f000, size: 0x2000, fault: .wraps),
    Refused(iova: 0x20_0000, size: 0x1000, fault: .unmapped),
    Refused(iova: 0x10_0000, size: 0x2000, fault: .cuts(mapped)),
    Refused(iova: 0x10_2000, size: 0x2000, fault: .cuts(mapped)),
    Refused(iova: 0xf_f000, size: 0x2000, fault: .cuts(mapped)),
  ]
}

@Suite struct ContainerTests {
  @Test(arguments: Refused.maps)
  private func `a map the kernel would refuse is not asked`(refused: Refused) throws {
    var prepared = try Prepared.make()
    let first = prepared.map(0x10_0000, 0x4000)
    let before = prepared.kernel.calls.count
    let cause = prepared.map(refused.iova, refused.size)
    let asked = prepared.kernel.calls.count - before
    #expect(first == nil)
    #expect(cause == .range(refused.fault))
    #expect(asked == 0)
    let isIdle = try prepared.end()
    #expect(isIdle)
  }

  @Test(arguments: Refused.unmaps)
  private func `an unmap that would cut or miss is not asked`(refused: Refused) throws {
    var prepared = try Prepared.make()
    let first = prepared.map(0x10_0000, 0x4000)
    let before = prepared.kernel.calls.count
    let cause = prepared.unmap(refused.iova, refused.size)
    let asked = prepared.kernel.calls.count - before
    #expect(first == nil)
    #expect(cause == .range(refused.fault))
    #expect(asked == 0)
    let isIdle = try prepared.end()
    #expect(isIdle)
  }

  @Test(arguments: [[], DMAMapping.Access(rawValue: 4), DMAMapping.Access(rawValue: 5)])
  func `a map that lets devices do nothing, or what no kernel knows, is not asked`(
    _ access: DMAMapping.Access
  ) throws {
    var prepared = try Prepared.make()
    _ = try prepared.container.readInformation(in: &prepared.kernel)
    let before = prepared.kernel.calls.count
    let cause = cause { () throws(KernelError) in
      try prepared.container.map(
        prepared.memory,
        size: 0x1000,
        at: 0,
        access: access,
        in: &prepared.kernel
      )
    }
    let asked = prepared.kernel.calls.count - before
    #expect(cause == .range(.noAccess))
    #expect(asked == 0)
    let isIdle = try prepared.end()
    #expect(isIdle)
  }

  @Test func `an interrupted map is not asked again`() throws {
    var prepared = try Prepared.make()
    _ = try prepared.container.readInformation(in: &prepared.kernel)
    let before = prepared.kernel.calls.count
    prepared.kernel.faults[before] = .eintr
    let cause = prepared.map(0, 0x1000)
    let asked = prepared.kernel.calls.count - before
    #expect(cause == .system(.eintr))
    #expect(asked == 1)
    let isIdle = try prepared.end()
    #expect(isIdle)
  }

  @Test func `the number of mappings is kept without asking`() throws {
    var prepared = try Prepared.make { $0.mappingLimit = 2 }
    let maps = [prepared.map(0, 0x1000), prepared.map(0x1000, 0x1000), prepared.map(0x2000, 0x1000)]
    let unmap = prepared.unmap(0, 0x2000)
    let again = prepared.map(0x2000, 0x1000)
    #expect(maps == [nil, nil, .range(.noEntries)])
    #expect(unmap == nil)
    #expect(again == nil)
    let isIdle = try prepared.end()
    #expect(isIdle)
  }

  @Test func `the limit of locked memory is the kernel's to say`() throws {
    var prepared = try Prepared.make { $0.lockedMemoryLimit = 0x1000 }
    let maps = [prepared.map(0, 0x1000), prepared.map(0x1000, 0x1000)]
    let refusal = prepared.kernel.lastRefusal
    #expect(maps == [nil, .system(.enomem)])
    #expect(refusal?.source == "vfio_iommu_type1.c: vfio_pin_pages_remote, RLIMIT_MEMLOCK")
    let isIdle = try prepared.end()
    #expect(isIdle)
  }

  @Test func `nothing is mapped before a model is set`() throws {
    var kernel = ModelKernel(ModelHost())
    var container = try Container.open(named: "a", in: &kernel)
    let memory = try kernel.allocate(4096)
    var refused: KernelError?
    do throws(KernelError) {
      try container.map(memory, size: 4096, at: 0, in: &kernel)
    } catch { refused = error }
    #expect(
      refused.map { "\($0)" }
        == "container 'a' at 0x0: no IOMMU model is set, VFIO_IOMMU_MAP_DMA was not asked"
    )
    try container.close(in: &kernel)
    try kernel.release(memory)
  }

  @Test func `attaching a group makes the container read again what it offers`() throws {
    var host = ModelHost(groups: [
      ModelGroup(
        IOMMUGroupID(7),
        devices: [ModelDevice(PCIAddress(domain: 0, bus: 1, device: 0, function: 0))]
      ),
      ModelGroup(
        IOMMUGroupID(8),
        devices: [ModelDevice(PCIAddress(domain: 0, bus: 2, device: 0, function: 0))]
      ),
    ])
    host.groups[1].aperture = [IOVARange(start: 0, last: 0x7f_ffff_ffff)]
    var kernel = ModelKernel(host)
    var container = try Container.open(in: &kernel)
    let wide = try Group.open(IOMMUGroupID(7), in: &kernel)
    let narrow = try Group.open(IOMMUGroupID(8), in: &kernel)
    let memory = try kernel.allocate(4096)
    try wide.attach(to: &container, in: &kernel)
    try container.setIOMMU(.type1v2, in: &kernel)
    try container.map(memory, size: 4096, at: 0x80_0000_0000, in: &kernel)
    try container.unmap(at: 0x80_0000_0000, size: 4096, in: &kernel)
    try narrow.attach(to: &container, in: &kernel)
    var cause: KernelError.Cause?
    do throws(KernelError) {
      try container.map(memory, size: 4096, at: 0x80_0000_0000, in: &kernel)
    } catch { cause = error.cause }
    #expect(
      cause
        == .range(
          .outside([
            IOVARange(start: 0, last: 0xfedf_ffff), IOVARange(start: 0xfef0_0000, last: 0x7f_ffff_ffff),
          ])
        )
    )
    try narrow.close(in: &kernel)
    try wide.close(in: &kernel)
    try container.close(in: &kernel)
    try kernel.release(memory)
    let isIdle = kernel.isIdle
    #expect(isIdle)
  }

  @Test func `a device is opened, read and reset`() throws {
    var prepared = try Prepared.make()
    let device = try prepared.group.openDevice(
      PCIAddress(domain: 0, bus: 1, device: 0, function: 0),
      in: &prepared.kernel
    )
    let info = try device.readInformation(in: &prepared.kernel)
    let configuration = try #require(try device.region(7, in: &prepared.kernel))
    let ids = try device.read(configuration, at: 0, count: 4, in: &prepared.kernel)
    let vga = try device.region(8, in: &prepared.kernel)
    try device.reset(in: &prepared.kernel)
    try device.close(in: &prepared.kernel)
    #expect(info == DeviceInfo(flags: [.reset, .pci], regions: 9, irqs: 5))
    #expect(configuration.bytes == 4096)
    #expect(ids == [0x86, 0x80, 0xd3, 0x10])
    #expect(vga == nil)
    let isIdle = try prepared.end()
    #expect(isIdle)
  }
}
