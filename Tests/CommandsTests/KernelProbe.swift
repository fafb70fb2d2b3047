import HostInventory
import TestSupport
import VFIOCore
import VFIOTypes

/// A model kernel that can be looked at when the program has let go of it.
final class KernelProbe {
  /// Answers of its calls, by position.
  var faults: [Int: ErrorNumber] = [:]
  /// What became of the host between binding and proving.
  var change: (inout ModelHost) -> Void = { _ in }
  /// How often a kernel was asked for.
  private(set) var count = 0
  fileprivate var kernel = ModelKernel(ModelHost())

  /// The calls made on the last kernel.
  var calls: [Call] { kernel.calls }
  /// Whether nothing is open, attached or mapped.
  var isIdle: Bool { kernel.isIdle }

  /// A kernel of a host as its drivers are now.
  func kernel(of host: ModelHostFiles) -> ProbedKernel {
    count += 1
    var machine = ModelHost(SysfsReader.snapshot(of: host))
    change(&machine)
    kernel = ModelKernel(machine)
    kernel.faults = faults
    return ProbedKernel(probe: self)
  }
}

extension KernelProbe {
  /// The kernel as it stands, for whoever goes on with it.
  var standing: ProbedKernel { ProbedKernel(probe: self) }
}

/// The doors of a probe's kernel.
struct ProbedKernel: Kernel, ~Copyable {
  fileprivate let probe: KernelProbe

  mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    try probe.kernel.open(node)
  }

  mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    try probe.kernel.close(descriptor)
  }

  mutating func perform(_ request: Request, on descriptor: borrowing Descriptor) throws(KernelError) -> Reply
  {
    try probe.kernel.perform(request, on: descriptor)
  }

  mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    try probe.kernel.allocate(size, pages)
  }

  mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] {
    try probe.kernel.bytes(of: memory, at: offset, count: count)
  }

  mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) {
    try probe.kernel.fill(memory, at: offset, with: bytes)
  }

  mutating func processMemory() throws(KernelError) -> ProcessMemory {
    try probe.kernel.processMemory()
  }

  mutating func release(_ memory: consuming Memory) throws(KernelError) {
    try probe.kernel.release(memory)
  }
}

extension ModelHost {
  /// A machine with the groups of a snapshot, in whose hands their members are.
  init(_ snapshot: HostSnapshot) {
    self.init(
      groups: (snapshot.groups ?? []).enumerated().map { index, facts in
        let devices = facts.members.map { address in
          let driver: ModelDevice.Driver =
            switch snapshot.device(at: address)?.driver?.name {
            case "vfio-pci": .vfio
            case "pcieport": .passive
            case nil: .none
            case _?: .native
            }
          return ModelDevice(address, driver: driver)
        }
        var group = ModelGroup(facts.number ?? IOMMUGroupID(UInt32(index)), devices: devices)
        group.reserved = (facts.reservedRegions ?? []).map(\.range)
        return group
      }
    )
    setMachine(of: snapshot)
  }
}
