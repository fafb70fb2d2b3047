import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// Random calls on a model, of all that it knows, with values that hit as often as they miss.
private struct RandomCalls: ~Copyable {
  /// What a file is: most requests go to a file that knows them.
  private enum Kind: CaseIterable {
    case container, group, device, node, iommufd, eventfd
  }

  var kernel: ModelKernel
  private var random: SeededGenerator
  private var files: [(kind: Kind, number: DescriptorNumber)] = []
  private var memories: [(address: UInt64, size: UInt64)] = []

  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    self.kernel = ModelKernel(RandomCalls.host(&random))
    self.random = random
  }

  /// Three groups of different IOMMUs, one without any, and every switch thrown either way.
  private static func host(_ random: inout SeededGenerator) -> ModelHost {
    func device(_ bus: UInt8, _ function: UInt8, _ node: UInt32, _ random: inout SeededGenerator)
      -> ModelDevice
    {
      let drivers: [ModelDevice.Driver] = [
        .vfio, .vfio, .vfio, .vfio, .vfio, .vfio, .none, .passive, .native,
      ]
      var device = ModelDevice(
        PCIAddress(domain: 0, bus: bus, device: 0, function: function),
        driver: drivers.randomElement(using: &random) ?? .vfio
      )
      device.node = node
      device.busReset = [.works, .none, .linkStaysDown].randomElement(using: &random) ?? .works
      device.isPhysicalFunction = Bool.random(using: &random)
      return device
    }
    var groups = [
      ModelGroup(IOMMUGroupID(1), devices: [device(1, 0, 0, &random), device(1, 1, 1, &random)]),
      ModelGroup.virtio(IOMMUGroupID(2), devices: [device(2, 0, 2, &random)]),
      ModelGroup.smmuv3(IOMMUGroupID(3), devices: [device(3, 0, 3, &random)]),
      ModelGroup.noIOMMU(IOMMUGroupID(4), device(4, 0, 4, &random)),
    ]
    if Bool.random(using: &random) { groups[0].offers = [.dirtyTracking, .nestParent] }
    groups[2].hasSecondStage = Bool.random(using: &random)
    var host = ModelHost(groups: groups)
    host.hasIOMMUFD = true
    host.isBuiltWithNoIOMMU = true
    host.enablesNoIOMMU = true
    host.isPrivileged = Bool.random(using: &random)
    host.allowsUnsafeInterrupts = Int.random(in: 0..<4, using: &random) > 0
    host.iommufdAllowsUnsafeInterrupts = host.allowsUnsafeInterrupts
    host.lockedMemoryLimit = Bool.random(using: &random) ? 0x10000 : nil
    return host
  }

  /// One call, refused or not.
  mutating func call() {
    switch Int.random(in: 0..<20, using: &random) {
    case 0:
      let kinds: [Kind] = [.container, .group, .group, .node, .node, .iommufd, .eventfd]
      let kind = kinds.randomElement(using: &random) ?? .group
      do throws(KernelError) { files.append((kind, try kernel.open(node(kind)).relinquish())) } catch {}
    case 1 where files.count > 8:
      guard let index = files.indices.randomElement(using: &random) else { return }
      try? kernel.close(Descriptor(adopting: files.remove(at: index).number))
    case 2 where memories.count < 4:
      do throws(KernelError) {
        let memory = try kernel.allocate(0x4000)
        memories.append((memory.address, memory.size))
        memory.relinquish()
      } catch {}
    default: perform()
    }
  }

  private mutating func perform() {
    guard let (kind, number) = files.randomElement(using: &random) else { return }
    let descriptor = Descriptor(adopting: number)
    let isStray = Int.random(in: 0..<10, using: &random) == 0
    var request = request(isStray ? Kind.allCases.randomElement(using: &random) ?? kind : kind)
    if Int.random(in: 0..<12, using: &random) == 0 {
      let wrong: [Malformation] = [.size(4), .size(16), .flags(1), .flags(1 << 30), .emptyRange]
      request = .malformed(request, wrong.randomElement(using: &random) ?? .emptyRange)
    }
    do throws(KernelError) {
      if case .descriptor(let device) = try kernel.perform(request, on: descriptor) {
        files.append((.device, device))
      }
    } catch {}
    _ = descriptor.relinquish()
  }

  private mutating func node(_ kind: Kind) -> Node {
    let id = UInt32.random(in: 1...4, using: &random)
    return switch kind {
    case .container: .container
    case .iommufd: .iommufd
    case .eventfd: .eventfd
    case .node: .deviceNode(id - 1)
    case .group, .device: id == 4 ? .noIOMMUGroup(IOMMUGroupID(id)) : .group(IOMMUGroupID(id))
    }
  }

  private mutating func object() -> ObjectID { ObjectID(UInt32.random(in: 0...4, using: &random)) }

  private mutating func number() -> UInt64 {
    let edges: [UInt64] = [0, 1, 0xfff, 0xfee0_0000, 0x800_0000, UInt64.max, UInt64.max - 0xfff, 1 << 63]
    return Int.random(in: 0..<4, using: &random) == 0
      ? edges.randomElement(using: &random) ?? 0 : UInt64.random(in: 0..<16, using: &random) * 0x1000
  }

  private mutating func range() -> IOVARange {
    let (one, other) = (number(), number())
    return IOVARange(start: min(one, other), last: max(one, other) | 0xfff)
  }

  private mutating func memory() -> UInt64 {
    (memories.randomElement(using: &random)?.address ?? 0x1000) + UInt64.random(in: 0..<5, using: &random)
      * 0x1000
  }

  private mutating func access() -> DMAMapping.Access {
    DMAMapping.Access(rawValue: [1, 2, 3, 3, 3, 3, 0, 4].randomElement(using: &random) ?? 3)
  }

  private mutating func mapping() -> DMAMapping {
    DMAMapping(iova: number(), size: number(), address: memory(), access: access())
  }

  /// A file of a kind, where there is one; now and then any.
  private mutating func file(_ kinds: Kind...) -> DescriptorNumber {
    let fitting = files.filter { kinds.contains($0.kind) }
    let isStray = fitting.isEmpty || Int.random(in: 0..<10, using: &random) == 0
    return (isStray ? files : fitting).randomElement(using: &random)?.number ?? DescriptorNumber(-1)
  }

  /// Dirty pages of bounded ranges: a bitmap of a whole address space is not asked for by anybody.
  private mutating func query() -> DirtyQuery {
    let start = UInt64.random(in: 0..<16, using: &random) * 0x1000
    let last = start + UInt64.random(in: 1..<200, using: &random) * 0x1000 - 1
    return DirtyQuery(
      range: IOVARange(start: start, last: last),
      pageSize: Bool.random(using: &random) ? 0x1000 : 0x2000,
      marks: Bool.random(using: &random) ? .clear : .keep
    )
  }

  private mutating func interrupts() -> IRQSet {
    let vectors: IRQSet.Vectors =
      switch Int.random(in: 0..<3, using: &random) {
      case 0: .now(count: UInt32.random(in: 0...6, using: &random))
      case 1: .chosen((0..<Int.random(in: 0...6, using: &random)).map { $0 % 2 == 0 })
      default:
        .eventfds([file(.eventfd), nil, file(.eventfd)].dropLast(Int.random(in: 0...2, using: &random)))
      }
    return IRQSet(
      index: UInt32.random(in: 0...6, using: &random),
      start: UInt32.random(in: 0...2, using: &random),
      action: IRQSet.Action.allCases.randomElement(using: &random) ?? .trigger,
      vectors: vectors
    )
  }

  private mutating func request(_ kind: Kind) -> Request {
    let requests: [Request] =
      switch kind {
      case .container: container()
      case .group: group()
      case .device: device()
      case .node:
        device() + [
          .deviceBindIOMMUFD(file(.iommufd)), .deviceBindIOMMUFD(file(.iommufd)),
          .deviceAttachIOMMUFDPT(object()),
          .deviceAttachIOMMUFDPT(object()), .deviceAttachIOMMUFDPT(object()), .deviceDetachIOMMUFDPT,
        ]
      case .iommufd: Int.random(in: 0..<5, using: &random) == 0 ? container() : iommufd()
      case .eventfd: [.eventfdRead(milliseconds: 0), .eventfdWrite(number())]
      }
    return requests.randomElement(using: &random) ?? .getAPIVersion
  }

  private mutating func container() -> [Request] {
    let model = IOMMUModel.allCases.randomElement(using: &random) ?? .type1
    return [
      .getAPIVersion, .checkExtension(.model(model)), .setIOMMU(model), .setIOMMU(.type1v2),
      .setIOMMU(.type1v2),
      .iommuGetInfo(capacity: 256), .iommuMapDMA(mapping()), .iommuMapDMA(mapping()), .iommuMapDMA(mapping()),
      .iommuUnmapDMA(range()), .iommuUnmapAll, .iommuDirtyPages(.start), .iommuDirtyPages(.stop),
      .iommuDirtyPages(.bitmap(query())), .iommuDirtyPages(.bitmap(query())),
    ]
  }

  private mutating func group() -> [Request] {
    let bus = UInt8.random(in: 1...4, using: &random)
    let function = bus == 1 ? UInt8.random(in: 0...1, using: &random) : 0
    let address = PCIAddress(domain: 0, bus: bus, device: 0, function: function)
    return [
      .groupGetStatus, .groupSetContainer(file(.container, .iommufd)),
      .groupSetContainer(file(.container, .iommufd)), .groupUnsetContainer,
      .groupGetDeviceFD(address, vfToken: nil), .groupGetDeviceFD(address, vfToken: nil),
      .groupGetDeviceFD(address, vfToken: nil),
    ]
  }

  private mutating func device() -> [Request] {
    let feature = DeviceFeature.allCases.randomElement(using: &random) ?? .migration
    return [
      .deviceGetInfo, .deviceSetIRQs(interrupts()), .deviceSetIRQs(interrupts()), .deviceReset,
      .deviceGetPCIHotResetInfo(capacity: 2), .devicePCIHotReset(groups: []),
      .devicePCIHotReset(groups: [file(.group)]), .deviceFeature(.probeSet(feature)),
      .deviceFeature(.probeGet(feature)),
    ]
  }

  private mutating func iommufd() -> [Request] {
    [
      .iommuDestroy(object()), .ioasAlloc, .ioasAlloc, .ioasAllowIOVAs(object(), [range()]),
      .ioasAllowIOVAs(object(), []), .ioasIOVARanges(object(), capacity: 2), .ioasMap(object(), mapping()),
      .ioasMap(object(), mapping()), .ioasMap(object(), mapping()),
      .ioasMapAnywhere(object(), MemoryRange(address: memory(), size: number()), access()),
      .ioasCopy(
        IOASCopy(from: object(), at: number(), to: object(), at: number(), size: number(), access: access())
      ),
      .ioasUnmap(object(), range()), .ioasUnmapAll(object()), .iommuOptionGet(.hugePages, object()),
      .iommuOptionSet(.hugePages, object(), 0), .iommuOptionSet(.rlimitMode, .none, 1), .iommuVFIOIOAS(.get),
      .iommuVFIOIOAS(.set(object())), .iommuVFIOIOAS(.clear),
      .hwptAlloc(HWPTAllocation(device: object(), parent: object())),
      .hwptAlloc(HWPTAllocation(device: object(), parent: object(), flags: .nestParent)),
      .hwptAlloc(HWPTAllocation(device: object(), parent: object(), flags: .dirtyTracking)),
      .hwptAlloc(HWPTAllocation(device: object(), parent: object(), dataType: 1, data: [1, 2, 3, 4])),
      .iommuGetHWInfo(object(), capacity: 8), .hwptSetDirtyTracking(object(), isEnabled: true),
      .hwptGetDirtyBitmap(object(), query()),
    ]
  }

  /// Closes all in a random order, and gives the memory back.
  mutating func end() {
    for file in files.shuffled(using: &random) { try? kernel.close(Descriptor(adopting: file.number)) }
    for memory in memories {
      try? kernel.release(Memory(adopting: memory.address, size: memory.size, pageSize: 4096))
    }
  }
}

@Suite struct ModelPropertyTests {
  @Test func `random calls never end the model, and closing everything leaves nothing`() {
    for seed in 0..<UInt64(Rounds.of(10_000)) {
      var calls = RandomCalls(seed: seed)
      for _ in 0..<150 {
        calls.call()
        // Type1 and the two ways of an iommufd are charged apart, each up to the limit.
        guard let memory = try? calls.kernel.processMemory(), let limit = memory.lockedLimit else { continue }
        if memory.locked > limit { Issue.record("seed \(seed): more is locked than may be") }
      }
      calls.end()
      let isIdle = calls.kernel.isIdle
      #expect(isIdle, "seed \(seed)")
    }
  }
}
