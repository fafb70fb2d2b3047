import VFIOCore
import VFIOTypes

/// An open file of the agent that answers requests: one function a request, each writing its arguments in the order of the agent's
/// table and reading the results.
///
/// Flags and numbers of operations are those of linux/vfio.h and linux/iommufd.h of Linux 6.12, which are the same on every
/// architecture; the numbers of ioctls are not, and no stream carries them.
struct RemoteFile {
  var agent: RemoteAgent
  var number: DescriptorNumber
  /// What is to be wrong with the next structure; nil for nothing.
  var malformation: Malformation?

  init(agent: RemoteAgent, number: DescriptorNumber, malformation: Malformation? = nil) {
    self.agent = agent
    self.number = number
    self.malformation = malformation
  }

  func perform(_ request: Request) throws(AgentError) -> Reply {
    switch request {
    case .getAPIVersion: return .version(try value(.getAPIVersion))
    case .checkExtension(let what): return .support(try value(.checkExtension, RemoteFile.number(of: what)))
    case .setIOMMU(let model):
      return try done(frame(.setIOMMU, operation(RemoteFile.number(of: .model(model)))))
    case .iommuGetInfo(let capacity): return try iommuInfo(capacity)
    case .iommuMapDMA(let mapping): return try map(mapping)
    case .iommuUnmapDMA(let range): return try unmap(0, range.start, RemoteFile.size(of: range))
    // VFIO_DMA_UNMAP_FLAG_ALL.
    case .iommuUnmapAll: return try unmap(2, 0, 0)
    case .iommuDirtyPages(let operation): return try dirtyPages(operation)

    case .iommuSPAPRTCEGetInfo(let capacity): return try spaprTCEInfo(capacity)
    case .iommuEnable: return try done(Frame(.iommuEnable, on: number))
    case .iommuDisable: return try done(Frame(.iommuDisable, on: number))
    case .iommuSPAPRRegisterMemory(let range): return try memory(.spaprRegisterMemory, range)
    case .iommuSPAPRUnregisterMemory(let range): return try memory(.spaprUnregisterMemory, range)
    case .iommuSPAPRTCECreate(let window): return try createWindow(window)
    case .iommuSPAPRTCERemove(let start): return try removeWindow(start)
    case .eehPEOp(let operation): return try eeh(operation)

    case .groupGetStatus:
      var reply = try agent.ask(structure(.groupGetStatus)).done()
      return .groupStatus(GroupStatus(rawValue: try reply.results.word()))
    case .groupSetContainer(let container):
      var frame = Frame(.groupSetContainer, on: number)
      frame.handle(container)
      return try done(frame)
    case .groupUnsetContainer: return try done(Frame(.groupUnsetContainer, on: number))
    case .groupGetDeviceFD(let address, let token): return try openDevice(address, token)

    case .deviceGetInfo: return try deviceInfo()
    case .deviceGetRegionInfo(let index, let capacity): return try regionInfo(index, capacity)
    case .deviceGetIRQInfo(let index): return try irqInfo(index)
    case .deviceSetIRQs(let set): return try setIRQs(set)
    case .deviceReset: return try done(Frame(.deviceReset, on: number))
    case .deviceGetPCIHotResetInfo(let capacity): return try hotResetInfo(capacity)
    case .devicePCIHotReset(let groups): return try hotReset(groups)
    case .deviceFeature(let operation): return try feature(operation)
    case .deviceBindIOMMUFD(let iommufd): return try bind(iommufd)
    case .deviceAttachIOMMUFDPT(let object): return try attach(object)
    case .deviceDetachIOMMUFDPT: return try done(structure(.deviceDetachIOMMUFDPT, flags: 0))
    case .read(let offset, let count): return try read(offset, count)
    case .write(let offset, let bytes): return try write(offset, bytes)

    case .iommuDestroy(let object): return try done(structure(.iommuDestroy, object.number))
    case .ioasAlloc: return try object(structure(.ioasAlloc, flags: 0))
    case .ioasAllowIOVAs(let ioas, let ranges): return try allow(ranges, ioas)
    case .ioasCopy(let copy): return try self.copy(copy)
    case .ioasIOVARanges(let ioas, let capacity): return try ranges(of: ioas, capacity)
    case .ioasMap(let ioas, let mapping): return try map(mapping, ioas)
    case .ioasMapAnywhere(let ioas, let range, let access): return try mapAnywhere(range, access, ioas)
    case .ioasUnmap(let ioas, let range): return try unmap(range.start, RemoteFile.size(of: range), ioas)
    case .ioasUnmapAll(let ioas): return try unmap(0, UInt64.max, ioas)
    case .iommuOptionGet(let option, let object): return try self.option(option, object, set: nil)
    case .iommuOptionSet(let option, let object, let value):
      return try self.option(option, object, set: value)
    case .iommuVFIOIOAS(let operation): return try vfioIOAS(operation)
    case .hwptAlloc(let allocation): return try allocatePageTable(allocation)
    case .iommuGetHWInfo(let device, let capacity): return try hardware(of: device, capacity)
    case .hwptSetDirtyTracking(let table, let isEnabled):
      var frame = structure(.hwptSetDirtyTracking, flags: isEnabled ? 1 : 0)
      frame.word(table.number)
      return try done(frame)
    case .hwptGetDirtyBitmap(let table, let query): return try dirtyBitmap(of: table, query)

    case .eventfdRead(let milliseconds):
      var reply = try agent.ask(frame(.eventRead, milliseconds))
      return .value(try reply.results.long())
    case .eventfdWrite(let count):
      var frame = Frame(.eventWrite, on: number)
      frame.long(count)
      return try written(8, agent.ask(frame))

    case .malformed(let request, let malformation):
      return try RemoteFile(agent: agent, number: number, malformation: malformation).perform(request)
    }
  }

  /// The number of an extension; iommufd is no model of a container and has none, which every kernel answers with 0.
  private static func number(of what: Extension) -> UInt32 {
    switch what {
    case .model(.type1): 1
    case .model(.spaprTCE): 2
    case .model(.type1v2): 3
    case .cacheCoherency: 4
    case .eeh: 5
    case .model(.spaprTCEv2): 7
    case .model(.noIOMMU): 8
    case .unmapAll: 9
    case .model(.iommufd): 0
    }
  }

  // MARK: Frames

  /// A request with a number.
  func frame(_ operation: Operation, _ argument: UInt32) -> Frame {
    var frame = Frame(operation, on: number)
    frame.word(argument)
    return frame
  }

  /// A request with a structure that begins with its size; `a` in the agent's table.
  func structure(_ operation: Operation) -> Frame {
    // The agent claims no more than is so: a wrong size is less.
    frame(operation, if: malformation)
  }

  /// One whose size is followed by flags.
  func structure(_ operation: Operation, flags bits: UInt32) -> Frame {
    var frame = structure(operation)
    frame.word(flags(bits))
    return frame
  }

  /// One whose size is followed by something else.
  func structure(_ operation: Operation, _ word: UInt32) -> Frame {
    var frame = structure(operation)
    frame.word(word)
    return frame
  }

  private func frame(_ operation: Operation, if malformation: Malformation?) -> Frame {
    if case .size(let wrong) = malformation { frame(operation, wrong) } else { frame(operation, UInt32.max) }
  }

  func flags(_ bits: UInt32) -> UInt32 {
    if case .flags(let wrong) = malformation { bits | wrong } else { bits }
  }

  func operation(_ number: UInt32) -> UInt32 {
    if case .operation(let wrong) = malformation { wrong } else { number }
  }

  /// A request with room for that many bytes, all of which come back: `inquire` in the agent's table.
  func inquiry(_ operation: Operation, index: UInt32 = 0, size: Int) -> Frame {
    var frame = frame(operation, index)
    let wrong: UInt32? = if case .size(let wrong) = malformation { wrong } else { nil }
    frame.word(min(wrong ?? UInt32.max, UInt32(clamping: size)))
    return frame
  }

  /// The size of a range; of the range of all addresses 0, which no structure can say.
  static func size(of range: IOVARange) -> UInt64 { range.last &- range.start &+ 1 }

  // MARK: Answers

  private func value(_ operation: Operation, _ argument: UInt32) throws(AgentError) -> Int32 {
    try agent.ask(frame(operation, argument)).number
  }

  private func value(_ operation: Operation) throws(AgentError) -> Int32 {
    try agent.ask(Frame(operation, on: number)).number
  }

  /// Takes 0 alone for success, and has nothing more to say.
  func done(_ frame: Frame) throws(AgentError) -> Reply {
    _ = try agent.ask(frame).done()
    return .done
  }

  /// An answer that ends in the number of an object.
  func object(_ frame: Frame) throws(AgentError) -> Reply {
    var reply = try agent.ask(frame).done()
    return .object(ObjectID(try reply.results.word()))
  }

  /// Takes that many bytes alone for success.
  func written(_ count: Int, _ reply: AgentReply) throws(AgentError) -> Reply {
    guard reply.number == count else { throw .returned(reply.number) }
    return .done
  }
}
