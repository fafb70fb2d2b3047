import CLinux
import Glibc
import VFIOCore
import VFIOTypes

/// Interrupts, the counters they are delivered to, and hot resets, whose structures end in arrays too.
extension RequestFile {
  func irqInfo(_ index: UInt32) throws(KernelError.Cause) -> Reply {
    var info = vfio_irq_info()
    info.argsz = size(of: vfio_irq_info.self)
    info.index = index
    try success(structure(vfioplan_device_get_irq_info, &info))
    return .irqInfo(IRQInfo(index: index, flags: .init(rawValue: info.flags), count: info.count))
  }

  func setIRQs(_ set: IRQSet) throws(KernelError.Cause) -> Reply {
    let (kind, count, data): (Int32, Int, [UInt8]) =
      switch set.vectors {
      case .now(let count): (VFIO_IRQ_SET_DATA_NONE, Int(count), [])
      case .chosen(let chosen): (VFIO_IRQ_SET_DATA_BOOL, chosen.count, chosen.map { $0 ? 1 : 0 })
      case .eventfds(let counters):
        (VFIO_IRQ_SET_DATA_EVENTFD, counters.count, RequestFile.bytes(of: counters.map { $0?.number ?? -1 }))
      }
    var head = vfioplan_irq_set(
      argsz: size(of: vfioplan_irq_set.self, beside: data.count),
      flags: flags(UInt32(kind) | set.action.rawValue),
      index: set.index,
      start: set.start,
      count: UInt32(count)
    )
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<vfioplan_irq_set>.size) + data
    return try done(structure(vfioplan_device_set_irqs, &head, in: &bytes))
  }

  func hotResetInfo(_ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    let (head, member) = (
      MemoryLayout<vfioplan_hot_reset>.size, MemoryLayout<vfio_pci_dependent_device>.size
    )
    var bytes = [UInt8](repeating: 0, count: head + Int(capacity) * member)
    var info = vfioplan_hot_reset()
    info.argsz = size(of: vfioplan_hot_reset.self, beside: bytes.count - head)
    do throws(KernelError.Cause) {
      try success(structure(vfioplan_device_get_pci_hot_reset_info, &info, in: &bytes))
    } catch  where error == .system(.enospc) && info.count > capacity {
      // vfio_pci_core.c: vfio_pci_ioctl_get_pci_hot_reset_info says how many there are and fills in none.
      return .hotResetInfo(HotResetInfo(flags: .init(rawValue: info.flags), count: info.count, members: []))
    }
    let members: [HotResetInfo.Member] = (0..<Int(min(info.count, capacity))).map { index in
      let device = unsafe bytes.withUnsafeBytes {
        unsafe $0.loadUnaligned(fromByteOffset: head + index * member, as: vfio_pci_dependent_device.self)
      }
      return HotResetInfo.Member(
        owner: device.group_id,
        address: PCIAddress(
          domain: UInt32(device.segment),
          bus: device.bus,
          device: device.devfn >> 3,
          function: device.devfn & 7
        )
      )
    }
    return .hotResetInfo(
      HotResetInfo(flags: .init(rawValue: info.flags), count: info.count, members: members)
    )
  }

  func hotReset(_ groups: [DescriptorNumber]) throws(KernelError.Cause) -> Reply {
    let data = RequestFile.bytes(of: groups.map(\.number))
    var head = vfioplan_hot_reset(
      argsz: size(of: vfioplan_hot_reset.self, beside: data.count),
      flags: flags(),
      count: UInt32(groups.count)
    )
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<vfioplan_hot_reset>.size) + data
    return try done(structure(vfioplan_device_pci_hot_reset, &head, in: &bytes))
  }

  /// Numbers in the order of the machine.
  private static func bytes(of numbers: [Int32]) -> [UInt8] {
    unsafe numbers.withUnsafeBytes { unsafe Array($0) }
  }

  // MARK: Counters

  func readCounter(_ milliseconds: UInt32) throws(KernelError.Cause) -> Reply {
    var waiting = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    let ready = unsafe poll(&waiting, 1, Int32(clamping: milliseconds))
    guard ready >= 0 else { throw LinuxKernel.cause }
    guard ready > 0 else { return .value(0) }
    var counted: UInt64 = 0
    let count = unsafe Glibc.read(number, &counted, 8)
    guard count >= 0 else { throw LinuxKernel.cause }
    guard count == 8 else { throw .returned(Int32(count)) }
    return .value(counted)
  }

  func writeCounter(_ count: UInt64) throws(KernelError.Cause) -> Reply {
    var count = count
    let written = unsafe Glibc.write(number, &count, 8)
    guard written >= 0 else { throw LinuxKernel.cause }
    guard written == 8 else { throw .returned(Int32(written)) }
    return .done
  }
}
