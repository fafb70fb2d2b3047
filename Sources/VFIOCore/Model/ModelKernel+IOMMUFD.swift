import VFIOTypes

extension ModelKernel {
  /// iommufd/main.c: iommufd_fops_ioctl; what is none of its own is of the container it stands in for.
  mutating func perform(_ request: Request, onIOMMUFD index: Int) throws(ModelRefusal) -> Reply {
    switch request {
    case .iommuDestroy(let object):
      try iommufds[index]?.destroy(object, processorPage: host.pageSize)
      return .done
    case .ioasAlloc: return .object(ObjectID(iommufds[index]?.addIOAS() ?? 0))
    case .ioasAllowIOVAs(let object, let ranges):
      _ = try checkIOAS(object, of: index)
      try iommufds[index]?.ioases[object.number]?.allow(ranges)
      return .done
    case .ioasIOVARanges(let object, let capacity):
      let ioas = try checkIOAS(object, of: index)
      // `EMSGSIZE` says how many there are, and the kernel seam makes a reply of it.
      let ranges = ioas.ranges.count <= Int(capacity) ? ioas.ranges : []
      return .ioasRanges(
        IOASRanges(count: UInt32(ioas.ranges.count), ranges: ranges, alignment: ioas.alignment)
      )
    case .ioasMap(let object, let mapping):
      try ModelKernel.checkNumbers(mapping.iova, mapping.size)
      try ModelKernel.check(mapping.access, "iommufd_ioas_map")
      _ = try map(
        MemoryRange(address: mapping.address, size: mapping.size),
        mapping.access,
        at: mapping.iova,
        in: object.number,
        of: index
      )
      return .done
    case .ioasMapAnywhere(let object, let memory, let access):
      try ModelKernel.checkNumbers(memory.size)
      try ModelKernel.check(access, "iommufd_ioas_map")
      return .iova(try map(memory, access, at: nil, in: object.number, of: index))
    case .ioasCopy(let copy):
      try self.copy(copy, of: index)
      return .done
    case .ioasUnmap(let object, let range):
      try ModelKernel.checkNumbers(range.start, range.last - range.start)
      let bytes = try unmap(range, in: object, of: index)
      guard bytes > 0 else { throw ModelRefusal(.enoent, "iommufd/ioas.c: iommufd_ioas_unmap") }
      return .unmapped(bytes)
    case .ioasUnmapAll(let object):
      return .unmapped(try unmap(IOVARange(start: 0, last: UInt64.max), in: object, of: index))
    case .iommuOptionGet(let option, let object):
      return .value(try self.option(option, object, of: index))
    case .iommuOptionSet(let option, let object, let value):
      try setOption(option, object, to: value, of: index)
      return .done
    case .iommuVFIOIOAS(let operation): return try perform(operation, on: index)
    case .hwptAlloc(let allocation): return .object(ObjectID(try allocate(allocation, of: index)))
    case .iommuGetHWInfo(let object, let capacity):
      guard let place = iommufds[index]?.devices[object.number] else { throw ModelKernel.noObject }
      var hardware = host.groups[place.group].hardware
      hardware.data = Array(hardware.data.prefix(Int(capacity)))
      return .hardware(hardware)
    case .hwptSetDirtyTracking(let object, let isEnabled):
      try setDirtyTracking(object, isEnabled, of: index)
      return .done
    case .hwptGetDirtyBitmap(let object, let query):
      return .dirtyBitmap(try dirtyBitmap(object, query, of: index))
    case .malformed(let request, let malformation):
      if case .ioasUnmap(let object, _) = request, malformation == .emptyRange {
        _ = try checkIOAS(object, of: index)
        throw ModelRefusal(.einval, "iommufd/io_pagetable.c: iopt_unmap_iova")
      }
      if let refusal = request.iommufdRefusal(of: malformation) { throw refusal }
      return try perform(request, onIOMMUFD: index)
    case .read, .write, .eventfdRead, .eventfdWrite: throw ModelKernel.noSuchOperation
    default: return try perform(request, onContainerOfIOMMUFD: index)
    }
  }

  /// ioas.c: iommufd_ioas_map, iommufd_ioas_copy and iommufd_ioas_unmap take no number that is all ones.
  static func checkNumbers(_ numbers: UInt64...) throws(ModelRefusal) {
    guard numbers.allSatisfy({ $0 < UInt64.max }) else {
      throw ModelRefusal(.eoverflow, "iommufd/ioas.c: a number of all ones")
    }
  }

  /// An unknown bit is not supported, none at all is no access.
  private static func check(_ access: DMAMapping.Access, _ function: String) throws(ModelRefusal) {
    guard access.isSubset(of: [.read, .write]) else {
      throw ModelRefusal(.eopnotsupp, "iommufd/ioas.c: \(function), flags")
    }
    guard !access.isEmpty else { throw ModelRefusal(.einval, "iommufd/ioas.c: \(function), access") }
  }

  // MARK: Mappings

  /// io_pagetable.c: iopt_map_user_pages.
  ///
  /// - Parameters:
  ///   - memory: what to map.
  ///   - access: what devices may do with it.
  ///   - iova: the first bus address; nil for one the kernel chooses.
  ///   - number: the IOAS.
  ///   - index: the iommufd.
  /// - Returns: the first bus address.
  /// - Throws: what the kernel answers.
  mutating func map(
    _ memory: MemoryRange,
    _ access: DMAMapping.Access,
    at iova: UInt64?,
    in number: UInt32,
    of index: Int
  ) throws(ModelRefusal) -> UInt64 {
    let (range, isPinned) = try place(for: memory, at: iova, in: number, of: index)
    let offset = memory.address % host.pageSize
    let pages = ModelPages(
      address: memory.address - offset,
      isWritable: access.contains(.write),
      chargesProcess: iommufds[index]?.chargesProcess ?? false
    )
    let position = iommufds[index]?.add(pages) ?? 0
    let area = ModelArea(range: range, pages: position, offset: offset, access: access)
    try insert([area], in: number, of: index, isPinned: isPinned)
    return range.start
  }

  /// Where memory is mapped, and whether it is pinned there: the checks of io_pagetable.c: iopt_map_user_pages in their order.
  private func place(
    for memory: MemoryRange,
    at iova: UInt64?,
    in number: UInt32,
    of index: Int
  ) throws(ModelRefusal) -> (range: IOVARange, isPinned: Bool) {
    let ioas = try checkIOAS(ObjectID(number), of: index)
    let function = "iommufd/pages.c: iopt_alloc_pages"
    guard memory.size > 0, memory.size <= UInt64.max - host.pageSize else {
      throw ModelRefusal(.einval, "\(function), size")
    }
    guard !memory.address.addingReportingOverflow(memory.size).overflow else {
      throw ModelRefusal(.eoverflow, function)
    }
    try ioas.check(size: memory.size)
    let range =
      if let iova { try ioas.check(iova, size: memory.size) } else {
        try ioas.place(for: memory.size, of: memory.address, page: host.pageSize)
      }
    try ModelKernel.check(offset: memory.address % host.pageSize, in: ioas)
    return (range, ioas.isPinned)
  }

  func checkIOAS(_ object: ObjectID, of index: Int) throws(ModelRefusal) -> ModelIOAS {
    guard let ioas = iommufds[index]?.ioases[object.number] else { throw ModelKernel.noObject }
    return ioas
  }

  static let noObject = ModelRefusal(.enoent, "iommufd/main.c: iommufd_get_object")

  /// io_pagetable.c: iopt_insert_area, the offset in a page.
  private static func check(offset: UInt64, in ioas: borrowing ModelIOAS) throws(ModelRefusal) {
    guard offset % ioas.alignment == 0 else {
      throw ModelRefusal(.einval, "iommufd/io_pagetable.c: iopt_insert_area, offset of the memory")
    }
  }

  /// io_pagetable.c: iopt_map_pages, where all was checked but for pinning; takes the mappings back where that fails.
  private mutating func insert(
    _ areas: [ModelArea],
    in number: UInt32,
    of index: Int,
    isPinned: Bool
  ) throws(ModelRefusal) {
    let before = isPinned && host.lockedMemoryLimit != nil ? chargedBytes : Charge()
    for area in areas { iommufds[index]?.ioases[number]?.insert(area) }
    guard isPinned else { return }
    do throws(ModelRefusal) {
      for area in areas { try checkMemory(of: area, of: index) }
      try checkCharge(after: before)
    } catch {
      for area in areas { _ = try? iommufds[index]?.ioases[number]?.unmap(area.range) }
      iommufds[index]?.dropUnusedPages()
      throw error
    }
  }

  /// ioas.c: iommufd_ioas_copy.
  private mutating func copy(_ copy: IOASCopy, of index: Int) throws(ModelRefusal) {
    try ModelKernel.checkNumbers(copy.size, copy.sourceIOVA, copy.destinationIOVA)
    try ModelKernel.check(copy.access, "iommufd_ioas_copy")
    let source = try checkIOAS(copy.source, of: index)
    let function = "iommufd/io_pagetable.c: iopt_get_pages"
    guard copy.size > 0 else { throw ModelRefusal(.einval, function) }
    guard let range = IOVARange(iova: copy.sourceIOVA, size: copy.size) else {
      throw ModelRefusal(.eoverflow, function)
    }
    let parts = try source.parts(of: range)
    let destination = try checkIOAS(copy.destination, of: index)
    try destination.check(size: copy.size)
    let place = try destination.check(copy.destinationIOVA, size: copy.size)
    var areas: [ModelArea] = []
    for part in parts {
      guard !copy.access.contains(.write) || iommufds[index]?.pages[part.pages]?.isWritable == true else {
        throw ModelRefusal(.eperm, "iommufd/io_pagetable.c: iopt_insert_area, memory that is only read")
      }
      try ModelKernel.check(offset: part.offset % host.pageSize, in: destination)
      let start = place.start + (part.range.start - range.start)
      areas.append(
        ModelArea(
          range: IOVARange(start: start, last: start + (part.range.last - part.range.start)),
          pages: part.pages,
          offset: part.offset,
          access: copy.access
        )
      )
    }
    try insert(areas, in: copy.destination.number, of: index, isPinned: destination.isPinned)
  }

  private mutating func unmap(
    _ range: IOVARange,
    in object: ObjectID,
    of index: Int
  ) throws(ModelRefusal) -> UInt64 {
    _ = try checkIOAS(object, of: index)
    defer { forgetPages(of: index) }
    return try iommufds[index]?.ioases[object.number]?.unmap(range) ?? 0
  }

  /// Drops what nothing maps any more, once there is more of that than of what is mapped: a sweep costs as much as there is.
  private mutating func forgetPages(of index: Int) {
    guard let iommufd = iommufds[index] else { return }
    let mapped = iommufd.ioases.values.reduce(0) { $0 + $1.areas.count }
    if iommufd.pages.count > 2 * mapped { iommufds[index]?.dropUnusedPages() }
  }

  // MARK: Options

  private func option(
    _ option: IOMMUFDOption,
    _ object: ObjectID,
    of index: Int
  ) throws(ModelRefusal) -> UInt64 {
    switch option {
    case .rlimitMode:
      guard object == .none else { throw ModelKernel.noObjectWanted }
      return iommufds[index]?.chargesProcess == true ? 1 : 0
    case .hugePages: return try checkIOAS(object, of: index).hasLargePages ? 1 : 0
    }
  }

  private static let noObjectWanted = ModelRefusal(
    .eopnotsupp,
    "iommufd/ioas.c: iommufd_option_rlimit_mode, an object"
  )

  private mutating func setOption(
    _ option: IOMMUFDOption,
    _ object: ObjectID,
    to value: UInt64,
    of index: Int
  ) throws(ModelRefusal) {
    switch option {
    case .rlimitMode:
      let function = "iommufd/ioas.c: iommufd_option_rlimit_mode"
      guard object == .none else { throw ModelKernel.noObjectWanted }
      guard host.isPrivileged else { throw ModelRefusal(.eperm, "\(function), CAP_SYS_RESOURCE") }
      guard iommufds[index]?.isEmpty == true else {
        throw ModelRefusal(.ebusy, "\(function), there are objects")
      }
      guard value <= 1 else { throw ModelRefusal(.einval, function) }
      iommufds[index]?.chargesProcess = value == 1
    case .hugePages:
      _ = try checkIOAS(object, of: index)
      guard value <= 1 else {
        throw ModelRefusal(.einval, "iommufd/ioas.c: iommufd_ioas_option_huge_pages")
      }
      try iommufds[index]?.ioases[object.number]?.setLargePages(value == 1, processorPage: host.pageSize)
    }
  }
}
