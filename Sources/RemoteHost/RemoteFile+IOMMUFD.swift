import VFIOCore
import VFIOTypes

/// The objects of an iommufd.
extension RemoteFile {
  func allow(_ ranges: [IOVARange], _ ioas: ObjectID) throws(AgentError) -> Reply {
    var frame = structure(.ioasAllowIOVAs, ioas.number)
    frame.blob(
      ranges.flatMap { range in
        [range.start, range.last].flatMap { value in
          (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
        }
      }
    )
    return try done(frame)
  }

  func ranges(of ioas: ObjectID, _ capacity: UInt32) throws(AgentError) -> Reply {
    var frame = structure(.ioasIOVARanges, ioas.number)
    frame.word(capacity)
    var reply = try agent.exchange(frame).asked()
    let (count, alignment) = (try reply.results.word(), try reply.results.long())
    // EMSGSIZE: iommufd/ioas.c: iommufd_ioas_iova_ranges says how many there are.
    if case .failed(_, errno: 90) = reply.status, count > capacity {
      return .ioasRanges(IOASRanges(count: count, ranges: [], alignment: alignment))
    }
    _ = try reply.done()
    var ranges: [IOVARange] = []
    for _ in 0..<min(count, capacity) {
      let (start, last) = (try reply.results.long(), try reply.results.long())
      if start <= last { ranges.append(IOVARange(start: start, last: last)) }
    }
    return .ioasRanges(IOASRanges(count: count, ranges: ranges, alignment: alignment))
  }

  // MARK: Mapping

  /// `IOMMU_IOAS_MAP_*`: 1 the address is given, 2 writable, 4 readable.
  private static func bits(_ access: DMAMapping.Access) -> UInt32 {
    (access.contains(.write) ? 2 : 0) | (access.contains(.read) ? 4 : 0)
  }

  func map(_ mapping: DMAMapping, _ ioas: ObjectID) throws(AgentError) -> Reply {
    let range = MemoryRange(address: mapping.address, size: mapping.size)
    _ = try agent.ask(map(1 | RemoteFile.bits(mapping.access), range, mapping.iova, ioas)).done()
    return .done
  }

  func mapAnywhere(
    _ range: MemoryRange,
    _ access: DMAMapping.Access,
    _ ioas: ObjectID
  ) throws(AgentError) -> Reply {
    var reply = try agent.ask(map(RemoteFile.bits(access), range, 0, ioas)).done()
    return .iova(try reply.results.long())
  }

  private func map(_ bits: UInt32, _ range: MemoryRange, _ iova: UInt64, _ ioas: ObjectID) -> Frame {
    var frame = structure(.ioasMap, flags: bits)
    frame.word(ioas.number)
    frame.place(range.address)
    frame.long(range.size)
    frame.long(iova)
    return frame
  }

  func copy(_ copy: IOASCopy) throws(AgentError) -> Reply {
    var frame = structure(.ioasCopy, flags: 1 | RemoteFile.bits(copy.access))
    frame.word(copy.destination.number)
    frame.word(copy.source.number)
    frame.long(copy.size)
    frame.long(copy.destinationIOVA)
    frame.long(copy.sourceIOVA)
    return try done(frame)
  }

  func unmap(_ iova: UInt64, _ size: UInt64, _ ioas: ObjectID) throws(AgentError) -> Reply {
    var frame = structure(.ioasUnmap, ioas.number)
    frame.long(iova)
    frame.long(malformation == .emptyRange ? 0 : size)
    var reply = try agent.ask(frame).done()
    return .unmapped(try reply.results.long())
  }

  // MARK: Options

  /// `IOMMU_OPTION`: operation 0 sets, 1 gets.
  func option(
    _ option: IOMMUFDOption,
    _ object: ObjectID,
    set value: UInt64?
  ) throws(AgentError) -> Reply {
    var frame = structure(.iommuOption, option.rawValue)
    frame.half(value == nil ? 1 : 0)
    frame.half(0)
    frame.word(object.number)
    frame.long(value ?? 0)
    var reply = try agent.ask(frame).done()
    return value == nil ? .value(try reply.results.long()) : .done
  }

  /// `IOMMU_VFIO_IOAS`: operation 0 gets, 1 sets, 2 clears.
  func vfioIOAS(_ operation: VFIOIOAS) throws(AgentError) -> Reply {
    let (ioas, number): (ObjectID, UInt16) =
      switch operation {
      case .get: (.none, 0)
      case .set(let ioas): (ioas, 1)
      case .clear: (.none, 2)
      }
    var frame = structure(.iommuVFIOIOAS, ioas.number)
    frame.half(number)
    frame.half(0)
    var reply = try agent.ask(frame).done()
    return operation == .get ? .object(ObjectID(try reply.results.word())) : .done
  }

  // MARK: Page tables

  func allocatePageTable(_ allocation: HWPTAllocation) throws(AgentError) -> Reply {
    var frame = structure(.hwptAlloc, flags: allocation.flags.rawValue)
    frame.word(allocation.device.number)
    frame.word(allocation.parent.number)
    frame.word(allocation.dataType)
    frame.blob(allocation.data)
    frame.word(0)
    return try object(frame)
  }

  /// `struct iommu_hw_info`: how many bytes there are, their type, PASID bits, capabilities, and then the bytes.
  func hardware(of device: ObjectID, _ capacity: UInt32) throws(AgentError) -> Reply {
    var frame = structure(.iommuGetHWInfo, flags: 0)
    frame.word(device.number)
    frame.word(capacity)
    var reply = try agent.ask(frame).done()
    let (size, type) = (try reply.results.word(), try reply.results.word())
    let bits = UInt8(truncatingIfNeeded: try reply.results.word())
    let capabilities = IOMMUHardware.Capabilities(rawValue: try reply.results.long())
    return .hardware(
      IOMMUHardware(
        dataType: type,
        data: Array(reply.results.rest().prefix(Int(size))),
        size: size,
        pasidBits: bits,
        capabilities: capabilities
      )
    )
  }

  func dirtyBitmap(of table: ObjectID, _ query: DirtyQuery) throws(AgentError) -> Reply {
    var frame = structure(.hwptGetDirtyBitmap, table.number)
    frame.word(flags(query.marks == .keep ? 1 : 0))
    frame.long(query.range.start)
    return try bitmap(frame, query)
  }
}
