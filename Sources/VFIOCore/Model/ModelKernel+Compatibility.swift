import VFIOTypes

/// An iommufd that stands in for a container: Linux 6.12 drivers/iommu/iommufd/vfio_compat.c.
extension ModelKernel {
  /// vfio_compat.c: iommufd_vfio_ioctl.
  mutating func perform(_ request: Request, onContainerOfIOMMUFD index: Int) throws(ModelRefusal) -> Reply {
    switch request {
    case .getAPIVersion: return .version(0)
    case .checkExtension(let what): return .support(supports(what, of: index))
    case .setIOMMU(let model):
      try setIOMMU(model, ofIOMMUFD: index)
      return .done
    case .iommuGetInfo(let capacity): return .iommuInfo(try information(of: index, capacity: capacity))
    case .iommuMapDMA(let mapping):
      let ioas = try container(of: index)
      guard mapping.access.isSubset(of: [.read, .write]) else {
        throw ModelRefusal(.einval, "iommufd/vfio_compat.c: iommufd_vfio_map_dma")
      }
      _ = try map(
        MemoryRange(address: mapping.address, size: mapping.size),
        mapping.access,
        at: mapping.iova,
        in: ioas,
        of: index
      )
      return .done
    case .iommuUnmapDMA(let range):
      let ioas = try container(of: index)
      if iommufds[index]?.ioases[ioas]?.hasLargePages == false {
        try iommufds[index]?.ioases[ioas]?.cut(after: range.last)
        if range.start > 0 { try iommufds[index]?.ioases[ioas]?.cut(after: range.start - 1) }
      }
      return .unmapped(try iommufds[index]?.ioases[ioas]?.unmap(range) ?? 0)
    case .iommuUnmapAll:
      let ioas = try container(of: index)
      let whole = IOVARange(start: 0, last: UInt64.max)
      return .unmapped(try iommufds[index]?.ioases[ioas]?.unmap(whole) ?? 0)
    default: throw ModelRefusal(.enotty, "iommufd/vfio_compat.c: iommufd_vfio_ioctl")
    }
  }

  /// vfio_compat.c: get_compat_ioas.
  private func container(of index: Int) throws(ModelRefusal) -> UInt32 {
    guard let number = iommufds[index]?.container else {
      throw ModelRefusal(.enodev, "iommufd/vfio_compat.c: get_compat_ioas")
    }
    return number
  }

  /// vfio_compat.c: iommufd_vfio_ioas.
  mutating func perform(_ operation: VFIOIOAS, on index: Int) throws(ModelRefusal) -> Reply {
    switch operation {
    case .get: return .object(ObjectID(try container(of: index)))
    case .set(let object):
      _ = try checkIOAS(object, of: index)
      iommufds[index]?.container = object.number
    case .clear: iommufds[index]?.container = nil
    }
    return .done
  }

  /// vfio_compat.c: iommufd_vfio_check_extension.
  private func supports(_ what: Extension, of index: Int) -> Int32 {
    switch what {
    case .model(.type1), .model(.type1v2), .unmapAll:
      iommufds[index]?.hasNoIOMMUGroup == true ? 0 : 1
    case .model(.noIOMMU): host.isBuiltWithNoIOMMU ? 1 : 0
    case .cacheCoherency, .eeh, .model(.spaprTCE), .model(.spaprTCEv2), .model(.iommufd): 0
    }
  }

  /// vfio_compat.c: iommufd_vfio_set_iommu.
  private mutating func setIOMMU(_ model: IOMMUModel, ofIOMMUFD index: Int) throws(ModelRefusal) {
    let function = "iommufd/vfio_compat.c: iommufd_vfio_set_iommu"
    let hasNoIOMMU = iommufds[index]?.hasNoIOMMUGroup == true
    if model == .noIOMMU, hasNoIOMMU {
      guard host.isPrivileged else { throw ModelRefusal(.eperm, "\(function), CAP_SYS_RAWIO") }
      return
    }
    guard model == .type1 || model == .type1v2, !hasNoIOMMU else { throw ModelRefusal(.einval, function) }
    let ioas = try container(of: index)
    // Version 1 can unmap a part of a mapping, which large pages would not let it.
    guard model == .type1 else { return }
    try iommufds[index]?.ioases[ioas]?.setLargePages(false, processorPage: host.pageSize)
  }

  /// vfio_compat.c: iommufd_vfio_iommu_get_info: available mappings, which nothing limits, and ranges.
  private func information(of index: Int, capacity: UInt32) throws(ModelRefusal) -> IOMMUInfo {
    let ioas = try checkIOAS(ObjectID(container(of: index)), of: index)
    let tables = iommufds[index]?.tables.filter { ioas.tables[$0.key] != nil }.map(\.value.pageSizes.mask)
    let common = (tables ?? []).reduce(UInt64.max, &)
    let below = common & (host.pageSize - 1) != 0
    let clamped = common & ~(host.pageSize - 1) | (below ? host.pageSize : 0)
    let ranges = ioas.ranges
    var chain = ModelCapabilities(fixed: 24)
    chain.add(3, UInt32.max, UInt32(0))
    chain.add(1, UInt32(ranges.count), UInt32(0))
    for range in ranges { chain.append(range.start, range.last) }
    // vfio_compat.c says how long all of it is, also where it fitted.
    let fits = chain.bytes.count <= Int(capacity)
    return IOMMUInfo(
      size: UInt32(chain.bytes.count),
      pageSizes: PageSizes(mask: max(clamped, ioas.alignment)),
      capabilities: fits ? CapabilityChain(bytes: chain.bytes, first: 24) : CapabilityChain()
    )
  }
}

/// The bytes of a structure with capabilities behind it, as a kernel of this machine's byte order fills them.
struct ModelCapabilities {
  private(set) var bytes: [UInt8]
  /// Where the last header has the offset of the next.
  private var link: Int?

  init(fixed size: Int) { bytes = [UInt8](repeating: 0, count: size) }

  /// Adds a capability of version 1, with two words behind its header.
  mutating func add(_ id: UInt16, _ words: UInt32...) {
    let start = bytes.count
    if let link { bytes.replaceSubrange(link..<(link + 4), with: ModelCapabilities.bytes(of: UInt32(start))) }
    bytes += ModelCapabilities.bytes(of: id) + ModelCapabilities.bytes(of: UInt16(1))
    link = bytes.count
    bytes += [0, 0, 0, 0]
    for word in words { bytes += ModelCapabilities.bytes(of: word) }
  }

  mutating func append(_ numbers: UInt64...) {
    for number in numbers { bytes += ModelCapabilities.bytes(of: number) }
  }

  private static func bytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
    let little = (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
    #if _endian(big)
      return little.reversed()
    #else
      return little
    #endif
  }
}
