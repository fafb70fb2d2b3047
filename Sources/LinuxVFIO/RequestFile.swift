import CLinux
import Glibc
import VFIOCore
import VFIOTypes

/// An open file that answers VFIO requests: one function a request, each filling its structure and reading it back.
///
/// The structures and their flags: linux/vfio.h of Linux 6.12.
struct RequestFile {
  var number: Int32

  func perform(_ request: Request) throws(KernelError.Cause) -> Reply {
    switch request {
    case .getAPIVersion: return .version(try value(vfioplan_get_api_version, 0))
    case .checkExtension(let what):
      return .support(try value(vfioplan_check_extension, RequestFile.number(of: what)))
    case .setIOMMU(let model):
      _ = try success(value(vfioplan_set_iommu, RequestFile.number(of: .model(model))))
      return .done
    case .iommuGetInfo(let capacity): return try iommuInfo(capacity)
    case .iommuMapDMA(let mapping): return try map(mapping)
    case .iommuUnmapDMA(let range):
      return try unmap(flags: 0, iova: range.start, size: range.last &- range.start &+ 1)
    case .iommuUnmapAll: return try unmap(flags: UInt32(VFIO_DMA_UNMAP_FLAG_ALL), iova: 0, size: 0)
    case .groupGetStatus:
      var status = vfio_group_status(argsz: RequestFile.size(of: vfio_group_status.self), flags: 0)
      _ = try success(structure(vfioplan_group_get_status, &status))
      return .groupStatus(GroupStatus(rawValue: status.flags))
    case .groupSetContainer(let container):
      var container = container.number
      _ = try success(structure(vfioplan_group_set_container, &container))
      return .done
    case .groupUnsetContainer:
      _ = try success(value(vfioplan_group_unset_container, 0))
      return .done
    case .groupGetDeviceFD(let address, let token):
      let device = try text(
        vfioplan_group_get_device_fd,
        "\(address)" + (token.map { " vf_token=\($0)" } ?? "")
      )
      return .descriptor(DescriptorNumber(device))
    case .deviceGetInfo:
      var info = vfioplan_device_info()
      info.argsz = RequestFile.size(of: vfioplan_device_info.self)
      _ = try success(structure(vfioplan_device_get_info, &info))
      return .deviceInfo(
        DeviceInfo(flags: .init(rawValue: info.flags), regions: info.num_regions, irqs: info.num_irqs)
      )
    case .deviceGetRegionInfo(let index, let capacity): return try regionInfo(index, capacity)
    case .deviceGetIRQInfo(let index):
      var info = vfio_irq_info()
      info.argsz = RequestFile.size(of: vfio_irq_info.self)
      info.index = index
      _ = try success(structure(vfioplan_device_get_irq_info, &info))
      return .irqInfo(IRQInfo(index: index, flags: .init(rawValue: info.flags), count: info.count))
    case .deviceReset:
      _ = try success(value(vfioplan_device_reset, 0))
      return .done
    case .read(let offset, let count): return try read(offset, count)
    case .write(let offset, let bytes): return try write(offset, bytes)
    }
  }

  /// The number of an extension; iommufd is no model of a container and has none, which every kernel answers with 0.
  private static func number(of what: Extension) -> UInt {
    switch what {
    case .model(.type1): vfioplan_type1
    case .model(.type1v2): vfioplan_type1v2
    case .model(.spaprTCE): vfioplan_spapr_tce
    case .model(.spaprTCEv2): vfioplan_spapr_tce_v2
    case .model(.noIOMMU): vfioplan_noiommu
    case .model(.iommufd): 0
    case .cacheCoherency: vfioplan_dma_cc
    case .unmapAll: vfioplan_unmap_all
    }
  }

  private static func size<Structure>(of structure: Structure.Type) -> UInt32 {
    UInt32(MemoryLayout<Structure>.size)
  }

  // MARK: Structures with capabilities behind them

  private func iommuInfo(_ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    var bytes = [UInt8](
      repeating: 0,
      count: max(Int(capacity), MemoryLayout<vfio_iommu_type1_info>.size)
    )
    var info = vfio_iommu_type1_info()
    info.argsz = UInt32(bytes.count)
    _ = try success(structure(vfioplan_iommu_get_info, &info, in: &bytes))
    let hasPageSizes = info.flags & UInt32(VFIO_IOMMU_INFO_PGSIZES) != 0
    let hasCapabilities = info.flags & UInt32(VFIO_IOMMU_INFO_CAPS) != 0 && info.argsz <= bytes.count
    return .iommuInfo(
      IOMMUInfo(
        size: info.argsz,
        pageSizes: PageSizes(mask: hasPageSizes ? info.iova_pgsizes : 0),
        capabilities: hasCapabilities
          ? CapabilityChain(bytes: bytes, first: info.cap_offset) : CapabilityChain()
      )
    )
  }

  private func regionInfo(_ index: UInt32, _ capacity: UInt32) throws(KernelError.Cause) -> Reply {
    var bytes = [UInt8](repeating: 0, count: max(Int(capacity), MemoryLayout<vfio_region_info>.size))
    var info = vfio_region_info()
    info.argsz = UInt32(bytes.count)
    info.index = index
    _ = try success(structure(vfioplan_device_get_region_info, &info, in: &bytes))
    let hasCapabilities = info.flags & UInt32(VFIO_REGION_INFO_FLAG_CAPS) != 0 && info.argsz <= bytes.count
    return .regionInfo(
      RegionInfo(
        index: index,
        flags: .init(rawValue: info.flags),
        bytes: info.size,
        offset: info.offset,
        size: info.argsz,
        capabilities: hasCapabilities
          ? CapabilityChain(bytes: bytes, first: info.cap_offset) : CapabilityChain()
      )
    )
  }

  // MARK: Mapping

  private func map(_ mapping: DMAMapping) throws(KernelError.Cause) -> Reply {
    var map = vfio_iommu_type1_dma_map(
      argsz: RequestFile.size(of: vfio_iommu_type1_dma_map.self),
      flags: mapping.access.rawValue,
      vaddr: mapping.address,
      iova: mapping.iova,
      size: mapping.size
    )
    _ = try success(structure(vfioplan_iommu_map_dma, &map))
    return .done
  }

  private func unmap(flags: UInt32, iova: UInt64, size: UInt64) throws(KernelError.Cause) -> Reply {
    // Swift imports no structure that ends in an open array by value: written as the words it is made of.
    var words: (UInt32, UInt32, UInt64, UInt64) = (24, flags, iova, size)
    _ = try success(structure(vfioplan_iommu_unmap_dma, &words))
    return .unmapped(words.3)
  }

  // MARK: Reading and writing

  private func read(_ offset: UInt64, _ count: Int) throws(KernelError.Cause) -> Reply {
    var bytes = [UInt8](repeating: 0, count: count)
    let done = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe pread(number, buffer.baseAddress, buffer.count, Int(offset))
    }
    guard done >= 0 else { throw LinuxKernel.cause }
    bytes.removeLast(count - done)
    return .bytes(bytes)
  }

  private func write(_ offset: UInt64, _ bytes: [UInt8]) throws(KernelError.Cause) -> Reply {
    let done = unsafe bytes.withUnsafeBytes { buffer in
      unsafe pwrite(number, buffer.baseAddress, buffer.count, Int(offset))
    }
    guard done >= 0 else { throw LinuxKernel.cause }
    guard done == bytes.count else { throw .returned(Int32(done)) }
    return .done
  }

  // MARK: Calls

  /// A request with a number.
  private func value(_ request: UInt, _ argument: UInt) throws(KernelError.Cause) -> Int32 {
    let answer = vfioplan_ioctl_value(number, request, argument)
    guard answer >= 0 else { throw LinuxKernel.cause }
    return answer
  }

  /// A request with a structure.
  private func structure<Structure>(
    _ request: UInt,
    _ argument: inout Structure
  ) throws(KernelError.Cause) -> Int32 {
    let answer = unsafe withUnsafeMutablePointer(to: &argument) {
      unsafe vfioplan_ioctl_pointer(number, request, $0)
    }
    guard answer >= 0 else { throw LinuxKernel.cause }
    return answer
  }

  /// A request with a structure that has room for capabilities behind it.
  private func structure<Structure>(
    _ request: UInt,
    _ argument: inout Structure,
    in bytes: inout [UInt8]
  ) throws(KernelError.Cause) -> Int32 {
    let filled = argument
    let (answer, cause, read) = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe buffer.storeBytes(of: filled, as: Structure.self)
      let answer = unsafe vfioplan_ioctl_pointer(number, request, buffer.baseAddress)
      let cause = LinuxKernel.cause
      return unsafe (answer, cause, buffer.loadUnaligned(as: Structure.self))
    }
    guard answer >= 0 else { throw cause }
    argument = read
    return answer
  }

  /// A request with a text.
  private func text(_ request: UInt, _ argument: String) throws(KernelError.Cause) -> Int32 {
    var bytes = Array(argument.utf8) + [0]
    let (answer, cause) = unsafe bytes.withUnsafeMutableBytes { buffer in
      let answer = unsafe vfioplan_ioctl_pointer(number, request, buffer.baseAddress)
      return (answer, LinuxKernel.cause)
    }
    guard answer >= 0 else { throw cause }
    return answer
  }

  /// Takes 0 alone for success.
  private func success(_ answer: Int32) throws(KernelError.Cause) -> Int32 {
    guard answer == 0 else { throw .returned(answer) }
    return answer
  }
}
