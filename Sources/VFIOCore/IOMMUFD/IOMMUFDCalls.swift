import VFIOTypes

/// Single requests of an iommufd and of devices bound to one, with their replies taken apart.
extension Kernel where Self: ~Copyable {
  /// Makes an IOAS.
  package mutating func makeIOAS(of iommufd: borrowing Descriptor) throws(KernelError) -> ObjectID {
    try object(.ioasAlloc, of: iommufd)
  }

  /// Ends an object.
  package mutating func destroy(
    _ object: ObjectID,
    of iommufd: borrowing Descriptor
  ) throws(KernelError) {
    _ = try perform(.iommuDestroy(object), on: iommufd)
  }

  /// What an IOAS offers, which shrinks with each device that is attached.
  package mutating func information(
    ofIOAS ioas: ObjectID,
    of iommufd: borrowing Descriptor
  ) throws(KernelError) -> IOMMUInformation {
    var capacity: UInt32 = 16
    for _ in 0..<4 {
      guard case .ioasRanges(let answer) = try perform(.ioasIOVARanges(ioas, capacity: capacity), on: iommufd)
      else { throw KernelError.strange(.ioasIOVARanges) }
      if answer.count > capacity {
        capacity = answer.count
        continue
      }
      guard answer.alignment.nonzeroBitCount == 1 else {
        throw KernelError(.ioasIOVARanges, .malformed("an alignment of \(answer.alignment)"))
      }
      // Before a device is attached it is 1: mapped so, no device could be attached any more.
      let page = max(4096, answer.alignment)
      return IOMMUInformation(pageSizes: PageSizes(mask: page), ranges: answer.ranges, available: nil)
    }
    throw KernelError(.ioasIOVARanges, .malformed("a need for room that does not end"))
  }

  /// Binds a device node to an iommufd.
  ///
  /// - Returns: the device's number in it.
  package mutating func bind(
    _ device: borrowing Descriptor,
    to iommufd: DescriptorNumber
  ) throws(KernelError) -> ObjectID {
    try object(.deviceBindIOMMUFD(iommufd), of: device)
  }

  /// Attaches a bound device to an IOAS or a page table, in the place of what it was attached to.
  ///
  /// - Returns: the page table that is used.
  package mutating func attach(
    _ device: borrowing Descriptor,
    to object: ObjectID
  ) throws(KernelError) -> ObjectID {
    try self.object(.deviceAttachIOMMUFDPT(object), of: device)
  }

  /// Detaches a bound device.
  package mutating func detach(_ device: borrowing Descriptor) throws(KernelError) {
    _ = try perform(.deviceDetachIOMMUFDPT, on: device)
  }

  /// What IOMMU a bound device is behind.
  package mutating func hardware(
    of device: ObjectID,
    of iommufd: borrowing Descriptor
  ) throws(KernelError) -> IOMMUHardware {
    guard case .hardware(let hardware) = try perform(.iommuGetHWInfo(device, capacity: 64), on: iommufd)
    else {
      throw KernelError.strange(.iommuGetHWInfo)
    }
    return hardware
  }

  /// A request that is answered by an object.
  package mutating func object(
    _ request: Request,
    of file: borrowing Descriptor
  ) throws(KernelError) -> ObjectID {
    guard case .object(let object) = try perform(request, on: file) else {
      throw KernelError.strange(request.call)
    }
    return object
  }

  /// Which pages of a range were written, a bit each.
  package mutating func dirtyBitmap(
    _ request: Request,
    _ query: DirtyQuery,
    of file: borrowing Descriptor
  ) throws(KernelError) -> [UInt64] {
    guard query.pageSize.nonzeroBitCount == 1, query.range.start % query.pageSize == 0,
      (query.range.last &+ 1) % query.pageSize == 0
    else { throw KernelError(request.call, .range(.unaligned(query.pageSize))) }
    guard case .dirtyBitmap(let words) = try perform(request, on: file) else {
      throw KernelError.strange(request.call)
    }
    guard words.count == query.words else {
      throw KernelError(request.call, .malformed("\(words.count) words, expected \(query.words)"))
    }
    return words
  }
}

extension BusAddressSpace {
  /// The space of an IOAS.
  package static func ofIOAS() -> BusAddressSpace {
    var space = BusAddressSpace()
    space.model = .iommufd
    return space
  }

  /// Maps memory in an IOAS after every check, reading what it offers where that is not known.
  package mutating func map(
    _ mapping: DMAMapping,
    ioas: ObjectID,
    on iommufd: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    if information == nil { information = try kernel.information(ofIOAS: ioas, of: iommufd) }
    if let fault = fault(of: mapping) { throw KernelError(.ioasMap, .range(fault)) }
    _ = try kernel.perform(.ioasMap(ioas, mapping), on: iommufd)
    if let range = IOVARange(iova: mapping.iova, size: mapping.size) { add(range) }
  }

  /// Unmaps whole mappings of an IOAS after every check.
  package mutating func unmap(
    iova: UInt64,
    size: UInt64,
    ioas: ObjectID,
    on iommufd: borrowing Descriptor,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) {
    if let fault = fault(ofUnmapping: iova, size: size) { throw KernelError(.ioasUnmap, .range(fault)) }
    guard let range = IOVARange(iova: iova, size: size) else { return }
    guard case .unmapped(let bytes) = try kernel.perform(.ioasUnmap(ioas, range), on: iommufd) else {
      throw KernelError.strange(.ioasUnmap)
    }
    let expected = remove(range)
    guard bytes == expected else {
      throw KernelError(.ioasUnmap, .malformed("\(bytes) bytes, expected \(expected)"))
    }
  }

  /// Notes that a device was attached or detached, by which ranges may have changed.
  package mutating func devicesChanged() { information = nil }
}
