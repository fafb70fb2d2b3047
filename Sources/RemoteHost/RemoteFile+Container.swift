import VFIOCore
import VFIOTypes

/// Groups and containers; sPAPR maps and unmaps by the same structures as Type1.
extension RemoteFile {
  func openDevice(_ address: PCIAddress, _ token: String?) throws(AgentError) -> Reply {
    var frame = Frame(.groupGetDeviceFD, on: number)
    frame.text("\(address)" + (token.map { " vf_token=\($0)" } ?? ""))
    return .descriptor(DescriptorNumber(try agent.ask(frame).number))
  }

  /// `struct vfio_iommu_type1_info`: size, flags, page sizes, offset of the capabilities.
  func iommuInfo(_ capacity: UInt32) throws(AgentError) -> Reply {
    let room = max(Int(capacity), 24)
    var reply = try agent.ask(inquiry(.iommuGetInfo, size: room)).done()
    let bytes = Array(reply.results.rest().prefix(room))
    var fields = AgentResults(bytes)
    let (size, flags) = (try fields.word(), try fields.word())
    let pageSizes = try fields.long()
    let first = try fields.word()
    let hasCapabilities = flags & 2 != 0 && size <= room
    return .iommuInfo(
      IOMMUInfo(
        size: size,
        pageSizes: PageSizes(mask: flags & 1 != 0 ? pageSizes : 0),
        capabilities: hasCapabilities ? CapabilityChain(bytes: bytes, first: first) : CapabilityChain()
      )
    )
  }

  func map(_ mapping: DMAMapping) throws(AgentError) -> Reply {
    var frame = structure(.iommuMapDMA, flags: mapping.access.rawValue)
    frame.place(mapping.address)
    frame.long(mapping.iova)
    frame.long(mapping.size)
    return try done(frame)
  }

  func unmap(_ bits: UInt32, _ iova: UInt64, _ size: UInt64) throws(AgentError) -> Reply {
    var frame = structure(.iommuUnmapDMA, flags: bits)
    frame.long(iova)
    frame.long(malformation == .emptyRange ? 0 : size)
    var reply = try agent.ask(frame).done()
    return .unmapped(try reply.results.long())
  }

  /// `VFIO_IOMMU_DIRTY_PAGES`: flags 1 start, 2 stop, 4 the bitmap.
  func dirtyPages(_ operation: DirtyPages) throws(AgentError) -> Reply {
    switch operation {
    case .start: return try done(structure(.iommuDirtyPages, flags: 1))
    case .stop: return try done(structure(.iommuDirtyPages, flags: 2))
    case .bitmap(let query):
      var frame = structure(.iommuDirtyBitmap, flags: 4)
      frame.long(query.range.start)
      return try bitmap(frame, query)
    }
  }

  /// A query of dirty pages, whose frame goes on with the size and ends with the page size; the answer's words.
  func bitmap(_ frame: Frame, _ query: DirtyQuery) throws(AgentError) -> Reply {
    var frame = frame
    frame.long(RemoteFile.size(of: query.range))
    frame.long(query.pageSize)
    var reply = try agent.ask(frame).done()
    _ = try reply.results.long()
    var words: [UInt64] = []
    while !reply.results.isEmpty { words.append(try reply.results.long()) }
    return .dirtyBitmap(words)
  }
}
