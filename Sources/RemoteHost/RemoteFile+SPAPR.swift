import VFIOCore
import VFIOTypes

/// Containers with sPAPR TCE: windows, registered memory, EEH.
extension RemoteFile {
  /// `struct vfio_iommu_spapr_tce_info`: size, flags, start and size of the window, page sizes, number and levels of others.
  func spaprTCEInfo(_ capacity: UInt32) throws(AgentError) -> Reply {
    var reply = try agent.ask(inquiry(.spaprTCEGetInfo, size: Int(min(capacity, 32)))).done()
    _ = try reply.results.word()
    let flags = try reply.results.word()
    let (start, size) = (try reply.results.word(), try reply.results.word())
    let pageSizes = PageSizes(mask: try reply.results.long())
    let (count, levels) = (try reply.results.word(), try reply.results.word())
    return .spaprTCEInfo(
      SPAPRTCEInfo(
        windowStart: start,
        windowSize: size,
        dynamicWindows: flags & 1 != 0 && capacity >= 32
          ? SPAPRTCEInfo.DynamicWindows(pageSizes: pageSizes, count: count, levels: levels) : nil
      )
    )
  }

  /// Registers or unregisters.
  func memory(_ operation: Operation, _ range: MemoryRange) throws(AgentError) -> Reply {
    var frame = structure(operation, flags: 0)
    frame.place(range.address)
    frame.long(range.size)
    return try done(frame)
  }

  func createWindow(_ window: TCEWindow) throws(AgentError) -> Reply {
    var frame = structure(.spaprTCECreate, flags: 0)
    frame.word(window.pageShift)
    frame.long(window.size)
    frame.word(window.levels)
    var reply = try agent.ask(frame).done()
    return .window(start: try reply.results.long())
  }

  func removeWindow(_ start: UInt64) throws(AgentError) -> Reply {
    var frame = structure(.spaprTCERemove, flags: 0)
    frame.long(start)
    return try done(frame)
  }

  func eeh(_ operation: EEHOperation) throws(AgentError) -> Reply {
    var frame = structure(.eehPEOp, flags: 0)
    frame.word(self.operation(RemoteFile.number(of: operation)))
    let error: EEHError? = if case .injectError(let error) = operation { error } else { nil }
    frame.word(error?.kind.rawValue ?? 0)
    frame.word(error?.function ?? 0)
    frame.long(error?.address ?? 0)
    frame.long(error?.mask ?? 0)
    let answer = try agent.ask(frame)
    guard operation == .getState else {
      _ = try answer.done()
      return .done
    }
    guard let state = EEHState(rawValue: answer.number) else { throw .returned(answer.number) }
    return .eehState(state)
  }

  /// `VFIO_EEH_PE_*`.
  private static func number(of operation: EEHOperation) -> UInt32 {
    switch operation {
    case .disable: 0
    case .enable: 1
    case .unfreezeIO: 2
    case .unfreezeDMA: 3
    case .getState: 4
    case .resetDeactivate: 5
    case .resetHot: 6
    case .resetFundamental: 7
    case .configure: 8
    case .injectError: 9
    }
  }
}
