import VFIOCore
import VFIOTypes

/// Devices: what they are, their regions and interrupts, resets and features, and the iommufd they are bound to.
extension RemoteFile {
  /// `struct vfio_device_info`: size, flags, how many regions and interrupts.
  func deviceInfo() throws(AgentError) -> Reply {
    var reply = try agent.ask(inquiry(.deviceGetInfo, size: 24)).done()
    _ = try reply.results.word()
    let flags = DeviceInfo.Flags(rawValue: try reply.results.word())
    return .deviceInfo(
      DeviceInfo(flags: flags, regions: try reply.results.word(), irqs: try reply.results.word())
    )
  }

  /// `struct vfio_region_info`: size, flags, index, offset of the capabilities, bytes, offset.
  func regionInfo(_ index: UInt32, _ capacity: UInt32) throws(AgentError) -> Reply {
    let room = max(Int(capacity), 32)
    var reply = try agent.ask(inquiry(.deviceGetRegionInfo, index: index, size: room)).done()
    let bytes = Array(reply.results.rest().prefix(room))
    var fields = AgentResults(bytes)
    let (size, flags) = (try fields.word(), RegionInfo.Flags(rawValue: try fields.word()))
    _ = try fields.word()
    let first = try fields.word()
    let hasCapabilities = flags.rawValue & 8 != 0 && size <= room
    return .regionInfo(
      RegionInfo(
        index: index,
        flags: flags,
        bytes: try fields.long(),
        offset: try fields.long(),
        size: size,
        capabilities: hasCapabilities ? CapabilityChain(bytes: bytes, first: first) : CapabilityChain()
      )
    )
  }

  /// `struct vfio_irq_info`: size, flags, index, how many.
  func irqInfo(_ index: UInt32) throws(AgentError) -> Reply {
    var reply = try agent.ask(inquiry(.deviceGetIRQInfo, index: index, size: 16)).done()
    _ = try reply.results.word()
    let flags = IRQInfo.Flags(rawValue: try reply.results.word())
    _ = try reply.results.word()
    return .irqInfo(IRQInfo(index: index, flags: flags, count: try reply.results.word()))
  }

  /// `VFIO_DEVICE_SET_IRQS`: flags 1 no data, 2 a byte for each vector, 4 a counter for each.
  func setIRQs(_ set: IRQSet) throws(AgentError) -> Reply {
    func head(_ operation: Operation, _ kind: UInt32, _ count: UInt32) -> Frame {
      var frame = structure(operation, flags: kind | set.action.rawValue)
      frame.word(set.index)
      frame.word(set.start)
      frame.word(count)
      return frame
    }
    var frame: Frame
    switch set.vectors {
    case .now(let count):
      frame = head(.deviceSetIRQs, 1, count)
      frame.blob([])
    case .chosen(let chosen):
      frame = head(.deviceSetIRQs, 2, UInt32(clamping: chosen.count))
      frame.blob(chosen.map { $0 ? 1 : 0 })
    case .eventfds(let counters):
      frame = head(.deviceSetIRQEvents, 4, UInt32(clamping: counters.count))
      frame.handles(counters)
    }
    return try done(frame)
  }

  /// `struct vfio_pci_hot_reset_info`: size, flags, how many, and for each function its group or device, segment, bus, devfn.
  func hotResetInfo(_ capacity: UInt32) throws(AgentError) -> Reply {
    let size = 12 + Int(capacity) * 8
    var reply = try agent.exchange(inquiry(.deviceGetHotResetInfo, size: size)).asked()
    _ = try reply.results.word()
    let flags = HotResetInfo.Flags(rawValue: try reply.results.word())
    let count = try reply.results.word()
    // ENOSPC: vfio_pci_core.c: vfio_pci_ioctl_get_pci_hot_reset_info says how many there are and fills in none.
    if case .failed(_, errno: 28) = reply.status, count > capacity {
      return .hotResetInfo(HotResetInfo(flags: flags, count: count, members: []))
    }
    _ = try reply.done()
    var members: [HotResetInfo.Member] = []
    for _ in 0..<min(count, capacity) {
      let owner = try reply.results.word()
      let segment = try reply.results.half()
      let place = try reply.results.half()
      let address = PCIAddress(
        domain: UInt32(segment),
        bus: UInt8(truncatingIfNeeded: place),
        device: UInt8(place >> 11),
        function: UInt8(place >> 8 & 7)
      )
      members.append(HotResetInfo.Member(owner: owner, address: address))
    }
    return .hotResetInfo(HotResetInfo(flags: flags, count: count, members: members))
  }

  func hotReset(_ groups: [DescriptorNumber]) throws(AgentError) -> Reply {
    var frame = structure(.deviceHotReset, flags: 0)
    frame.handles(groups)
    return try done(frame)
  }

  /// `VFIO_DEVICE_FEATURE`: bits 16 get, 17 set, 18 probe above the feature's number.
  func feature(_ operation: FeatureOperation) throws(AgentError) -> Reply {
    let (bits, data): (UInt32, [UInt8]) =
      switch operation {
      case .probeGet(let feature): (feature.rawValue | 1 << 18 | 1 << 16, [])
      case .probeSet(let feature): (feature.rawValue | 1 << 18 | 1 << 17, [])
      case .getMigration: (DeviceFeature.migration.rawValue | 1 << 16, [UInt8](repeating: 0, count: 8))
      case .setVFToken(let token): (DeviceFeature.vfToken.rawValue | 1 << 17, token.bytes)
      }
    var frame = structure(.deviceFeature, flags: bits)
    frame.blob(data)
    var reply = try agent.ask(frame).done()
    return operation == .getMigration ? .value(try reply.results.long()) : .done
  }

  // MARK: iommufd

  func bind(_ iommufd: DescriptorNumber) throws(AgentError) -> Reply {
    var frame = structure(.deviceBindIOMMUFD, flags: 0)
    frame.handle(iommufd)
    return try object(frame)
  }

  func attach(_ object: ObjectID) throws(AgentError) -> Reply {
    var frame = structure(.deviceAttachIOMMUFDPT, flags: 0)
    frame.word(object.number)
    return try self.object(frame)
  }

  // MARK: Reading and writing

  func read(_ offset: UInt64, _ count: Int) throws(AgentError) -> Reply {
    var frame = Frame(.deviceRead, on: number)
    frame.long(offset)
    frame.word(UInt32(clamping: count))
    var reply = try agent.ask(frame)
    return .bytes(reply.results.rest())
  }

  func write(_ offset: UInt64, _ bytes: [UInt8]) throws(AgentError) -> Reply {
    var frame = Frame(.deviceWrite, on: number)
    frame.long(offset)
    frame.blob(bytes)
    return try written(bytes.count, agent.ask(frame))
  }
}
