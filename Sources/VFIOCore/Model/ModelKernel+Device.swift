extension ModelKernel {
  /// Regions and kinds of interrupts of PCI: include/uapi/linux/vfio.h.
  private static let (regions, irqs): (UInt32, UInt32) = (9, 5)

  /// vfio_pci_core.c: vfio_pci_core_ioctl.
  func perform(_ request: Request, on device: ModelDevice) throws(ModelRefusal) -> Reply {
    switch request {
    case .deviceGetInfo:
      let flags: DeviceInfo.Flags = device.canReset ? [.pci, .reset] : .pci
      return .deviceInfo(DeviceInfo(flags: flags, regions: ModelKernel.regions, irqs: ModelKernel.irqs))
    case .deviceGetRegionInfo(let index, let capacity):
      return .regionInfo(try device.region(index, capacity: capacity, pageSize: host.pageSize))
    case .deviceGetIRQInfo(let index): return .irqInfo(try device.irq(index))
    case .deviceReset:
      guard device.canReset else { throw ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_ioctl_reset") }
      return .done
    case .read(let offset, let count):
      let part = try device.part(at: offset, count: count, pageSize: host.pageSize)
      guard part.index == 7 else { return .bytes([UInt8](repeating: 0, count: count)) }
      return .bytes(
        (part.offset..<(part.offset + UInt64(count))).map {
          $0 < device.configuration.count ? device.configuration[Int($0)] : 0
        }
      )
    case .write(let offset, let bytes):
      _ = try device.part(at: offset, count: bytes.count, pageSize: host.pageSize)
      return .done
    case .eventfdRead, .eventfdWrite: throw ModelKernel.noSuchOperation
    // Whatever else is asked meets the default of the kernel's own switch.
    default: throw ModelRefusal(.enotty, "vfio_pci_core.c: vfio_pci_core_ioctl")
    }
  }
}

extension ModelDevice {
  /// vfio_pci_core.c: vfio_pci_ioctl_get_region_info.
  fileprivate func region(
    _ index: UInt32,
    capacity: UInt32,
    pageSize: UInt64
  ) throws(ModelRefusal) -> RegionInfo {
    var region = RegionInfo(
      index: index,
      flags: [],
      bytes: 0,
      offset: UInt64(index) << 40,
      size: capacity,
      capabilities: CapabilityChain()
    )
    switch index {
    case 0...5:
      region.bytes = Int(index) < bars.count ? bars[Int(index)] : 0
      if region.bytes > 0 {
        region.flags = region.bytes >= pageSize ? [.read, .write, .mmap] : [.read, .write]
      }
    case 6: break
    case 7:
      region.bytes = isExpress ? 4096 : 256
      region.flags = [.read, .write]
    default: throw ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_ioctl_get_region_info")
    }
    return region
  }

  /// vfio_pci_core.c: vfio_pci_ioctl_get_irq_info.
  fileprivate func irq(_ index: UInt32) throws(ModelRefusal) -> IRQInfo {
    let refusal = ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_ioctl_get_irq_info")
    let count = Int(index) < vectors.count ? vectors[Int(index)] : 1
    return switch index {
    case 0: IRQInfo(index: index, flags: [.eventfd, .maskable, .automasked], count: count)
    case 1: IRQInfo(index: index, flags: [.eventfd, .noResize], count: count)
    case 2: IRQInfo(index: index, flags: .eventfd, count: count)
    case 3 where isExpress, 4: IRQInfo(index: index, flags: [.eventfd, .noResize], count: 1)
    default: throw refusal
    }
  }

  /// The region and the place in it that an offset of the device's file means: vfio_pci_core.c: vfio_pci_rw.
  fileprivate func part(
    at offset: UInt64,
    count: Int,
    pageSize: UInt64
  ) throws(ModelRefusal) -> (index: UInt32, offset: UInt64) {
    let place = offset & (1 << 40 - 1)
    let region = try region(UInt32(truncatingIfNeeded: offset >> 40), capacity: 0, pageSize: pageSize)
    guard count >= 0, place <= region.bytes, UInt64(count) <= region.bytes - place else {
      throw ModelRefusal(.einval, "vfio_pci_core.c: vfio_pci_rw")
    }
    return (region.index, place)
  }
}
