import VFIOCore
import VFIOTypes

/// A kernel that does nothing and counts.
struct NothingKernel: Kernel, ~Copyable {
  var calls: Int64 = 0

  mutating func open(_ node: Node) throws(KernelError) -> Descriptor {
    calls += 1
    return Descriptor(adopting: DescriptorNumber(3))
  }

  mutating func close(_ descriptor: consuming Descriptor) throws(KernelError) {
    calls += 1
    _ = descriptor.relinquish()
  }

  // Inlined where the protocol calls it: an answer that is copied once more costs more than all else here.
  @inline(__always)
  mutating func perform(
    _ request: Request,
    on descriptor: borrowing Descriptor
  ) throws(KernelError) -> Reply {
    calls += 1
    return switch request {
    case .getAPIVersion: .version(0)
    case .checkExtension: .support(1)
    case .groupGetStatus: .groupStatus(.viable)
    case .groupGetDeviceFD: .descriptor(DescriptorNumber(4))
    case .iommuGetInfo:
      .iommuInfo(IOMMUInfo(size: 24, pageSizes: PageSizes(mask: 4096), capabilities: CapabilityChain()))
    case .iommuUnmapDMA(let range): .unmapped(range.last &- range.start &+ 1)
    case .iommuUnmapAll: .unmapped(0)
    case .deviceGetInfo: .deviceInfo(DeviceInfo(flags: .pci, regions: 9, irqs: 5))
    case .deviceGetRegionInfo(let index, let capacity):
      .regionInfo(
        RegionInfo(
          index: index,
          flags: [],
          bytes: 0,
          offset: 0,
          size: capacity,
          capabilities: CapabilityChain()
        )
      )
    case .deviceGetIRQInfo(let index): .irqInfo(IRQInfo(index: index, flags: [], count: 0))
    case .setIOMMU, .iommuMapDMA, .groupSetContainer, .groupUnsetContainer, .deviceReset, .write: .done
    case .read(_, let count): .bytes([UInt8](repeating: 0, count: count))
    // What no row of the benchmark asks.
    default: .done
    }
  }

  mutating func allocate(_ size: UInt64, _ pages: MemoryPages) throws(KernelError) -> Memory {
    calls += 1
    return Memory(adopting: 0x10000, size: size, pageSize: 4096)
  }

  mutating func release(_ memory: consuming Memory) throws(KernelError) {
    calls += 1
    memory.relinquish()
  }

  mutating func bytes(
    of memory: borrowing Memory,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] {
    calls += 1
    return [UInt8](repeating: 0, count: count)
  }

  mutating func fill(
    _ memory: borrowing Memory,
    at offset: UInt64,
    with bytes: [UInt8]
  ) throws(KernelError) { calls += 1 }

  mutating func processMemory() throws(KernelError) -> ProcessMemory {
    calls += 1
    return ProcessMemory(pageSize: 4096, lockedLimit: nil, locked: 0)
  }
}
