import Testing
import VFIOCore
import VFIOTypes

/// A machine with two groups, each of one device, and two gibibytes of guest memory.
private struct Machine: ~Copyable {
  var kernel: ModelKernel
  let memory: Memory
  var ram: GuestRAM

  static let low = IOVARange(start: 0, last: 0x7fff_ffff)
  static let high = IOVARange(start: 1 << 32, last: 1 << 32 + 0x7fff_ffff)

  static func make(_ change: (inout ModelHost) -> Void = { _ in }) throws(KernelError) -> Machine {
    var host = ModelHost(
      groups: ([7, 8] as [UInt32]).map { number in
        let address = PCIAddress(domain: 0, bus: UInt8(number), device: 0, function: 0)
        return ModelGroup(IOMMUGroupID(number), devices: [ModelDevice(address)])
      }
    )
    change(&host)
    var kernel = ModelKernel(host)
    let memory = try kernel.allocate(1 << 32)
    var ram = GuestRAM()
    try ram.add(memory, size: 1 << 31, at: 0)
    try ram.add(memory, offset: 1 << 31, size: 1 << 31, at: 1 << 32)
    return Machine(kernel: kernel, memory: memory, ram: ram)
  }

  consuming func end() throws(KernelError) -> Bool {
    try kernel.release(memory)
    return kernel.isIdle
  }
}

@Suite struct GuestRAMTests {
  @Test func `a block is one map, and maps of a limit where one demands`() throws {
    let machine = try Machine.make()
    let block = machine.ram.blocks[1]
    let address = machine.memory.address
    let whole = block.mappings(longest: nil)
    let parts = block.mappings(longest: 0x6000_0000)
    let isIdle = try machine.end()
    let (start, half, part) = (address + 0x8000_0000, 0x8000_0000 as UInt64, 0x6000_0000 as UInt64)
    #expect(whole == [DMAMapping(iova: 0x1_0000_0000, size: half, address: start)])
    let expected = [
      DMAMapping(iova: 0x1_0000_0000, size: part, address: start),
      DMAMapping(iova: 0x1_6000_0000, size: half - part, address: start + part),
    ]
    #expect(parts == expected)
    #expect(isIdle)
  }

  @Test func `blocks share no address and lie in their memory`() throws {
    var machine = try Machine.make()
    let causes = [
      cause { () throws(KernelError) in try machine.ram.add(machine.memory, size: 0x1000, at: 0x1000) },
      cause { () throws(KernelError) in try machine.ram.add(machine.memory, size: 0, at: 1 << 40) },
      cause { () throws(KernelError) in
        try machine.ram.add(machine.memory, offset: 1 << 32, size: 0x1000, at: 1 << 40)
      },
      cause { () throws(KernelError) in
        try machine.ram.add(machine.memory, size: 0x2000, at: UInt64.max - 0xfff)
      },
    ]
    let count = machine.ram.blocks.count
    _ = try machine.end()
    #expect(
      causes == [
        .range(.overlaps(Machine.low)), .range(.empty), .range(.pastMemory(1 << 32)), .range(.wraps),
      ]
    )
    #expect(count == 2)
  }

  @Test func `groups share the first container that accepts them`() throws {
    var machine = try Machine.make()
    let first = try Group.open(IOMMUGroupID(7), in: &machine.kernel)
    let second = try Group.open(IOMMUGroupID(8), in: &machine.kernel)
    var containers = MapAllContainers(machine.ram)
    try containers.attach(first, in: &machine.kernel)
    try containers.attach(second, in: &machine.kernel)
    let groups = containers.groups
    let pinned = machine.kernel.pinnedBytes
    try containers.add(machine.memory, size: 1 << 20, at: 1 << 40, in: &machine.kernel)
    let more = machine.kernel.pinnedBytes
    try containers.remove(at: 1 << 40, in: &machine.kernel)
    try containers.remove(at: 0, in: &machine.kernel)
    let less = machine.kernel.pinnedBytes
    try containers.detach(first, in: &machine.kernel)
    try containers.detach(second, in: &machine.kernel)
    try first.close(in: &machine.kernel)
    try second.close(in: &machine.kernel)
    try containers.close(in: &machine.kernel)
    let isIdle = try machine.end()
    #expect(groups == [[IOMMUGroupID(7), IOMMUGroupID(8)]])
    #expect([pinned, more, less] == [0x1_0000_0000, 0x1_0010_0000, 0x8000_0000])
    #expect(isIdle)
  }

  @Test func `a group that no container accepts gets its own, or fails with nothing left`() throws {
    var machine = try Machine.make { host in
      // Guest memory lies where the second group's IOMMU reserves addresses.
      host.groups[1].reserved = [IOVARange(start: 0x4000_0000, last: 0x4fff_ffff)]
    }
    let first = try Group.open(IOMMUGroupID(7), in: &machine.kernel)
    let second = try Group.open(IOMMUGroupID(8), in: &machine.kernel)
    var containers = MapAllContainers(machine.ram)
    try containers.attach(first, in: &machine.kernel)
    var failure: KernelError?
    do throws(KernelError) {
      try containers.attach(second, in: &machine.kernel)
    } catch { failure = error }
    let groups = containers.groups
    let attached = machine.kernel.attachedGroups
    try first.close(in: &machine.kernel)
    try second.close(in: &machine.kernel)
    try containers.close(in: &machine.kernel)
    let isIdle = try machine.end()
    #expect(failure?.call == .iommuMapDMA)
    #expect(groups == [[IOMMUGroupID(7)]])
    #expect(attached == [IOMMUGroupID(7)])
    #expect(isIdle)
  }

  @Test func `nothing is mapped where all together is more than may be locked`() throws {
    var machine = try Machine.make { $0.lockedMemoryLimit = 1 << 32 - 1 }
    var container = try Container.open(named: "main", in: &machine.kernel)
    let group = try Group.open(IOMMUGroupID(7), in: &machine.kernel)
    try group.attach(to: &container, in: &machine.kernel)
    try container.setIOMMU(.type1v2, in: &machine.kernel)
    var failure: KernelError?
    do throws(KernelError) {
      try container.mapAll(machine.ram, in: &machine.kernel)
    } catch { failure = error }
    let maps = machine.kernel.calls.count { $0 == .iommuMapDMA }
    try group.close(in: &machine.kernel)
    try container.close(in: &machine.kernel)
    _ = try machine.end()
    let fault = LockedMemoryFault(needed: 1 << 32, locked: 0, limit: 1 << 32 - 1)
    #expect(failure == KernelError(.iommuMapDMA, .lockedMemory(fault), on: "container 'main'"))
    #expect(maps == 0)
  }

  @Test func `a block that cannot be mapped takes back those before it`() throws {
    var machine = try Machine.make()
    var container = try Container.open(named: "main", in: &machine.kernel)
    let group = try Group.open(IOMMUGroupID(7), in: &machine.kernel)
    try group.attach(to: &container, in: &machine.kernel)
    try container.setIOMMU(.type1v2, in: &machine.kernel)
    // The information, the figures of the process, the first map and the second.
    machine.kernel.faults[machine.kernel.calls.count + 3] = .enomem
    var failure: KernelError?
    do throws(KernelError) {
      try container.mapAll(machine.ram, in: &machine.kernel)
    } catch { failure = error }
    let (pinned, mappings) = (machine.kernel.pinnedBytes, container.mappings)
    try container.mapAll(machine.ram, in: &machine.kernel)
    let again = container.mappings
    try group.close(in: &machine.kernel)
    try container.close(in: &machine.kernel)
    _ = try machine.end()
    #expect(
      failure == KernelError(.iommuMapDMA, .system(.enomem), on: "container 'main' at 0x100000000")
    )
    #expect(pinned == 0)
    #expect(mappings == [])
    #expect(again == [Machine.low, Machine.high])
  }

  @Test func `more blocks than the container takes are not begun`() throws {
    var machine = try Machine.make { $0.mappingLimit = 1 }
    var container = try Container.open(in: &machine.kernel)
    let group = try Group.open(IOMMUGroupID(7), in: &machine.kernel)
    try group.attach(to: &container, in: &machine.kernel)
    try container.setIOMMU(.type1v2, in: &machine.kernel)
    var failure: KernelError?
    do throws(KernelError) {
      try container.mapAll(machine.ram, in: &machine.kernel)
    } catch { failure = error }
    let maps = machine.kernel.calls.count { $0 == .iommuMapDMA }
    try group.close(in: &machine.kernel)
    try container.close(in: &machine.kernel)
    _ = try machine.end()
    #expect(failure?.cause == .range(.noEntries))
    #expect(maps == 0)
  }
}
