import HostDoors
import Synchronization

/// A process that is told in advance how what it keeps will end, and keeps what it was asked.
final class MemoryKeeper: Keeper {
  enum Asked: Hashable, Sendable {
    case heeded
    case waited(isInputWatched: Bool)
    case ran(PassingCommand)
    case served([DescriptorMessage], path: String, users: [UInt32], isInputWatched: Bool)
  }

  private struct State {
    var asked: [Asked] = []
    var end = HoldEnd.signal("SIGTERM")
    var commandEnd = CommandEnd.exited(0)
    var news: [SocketNews] = [.listening]
    var fault: HostFileError.Reason?
    var taken = 0
  }

  private let state = Mutex(State())
  let user: UInt32

  init(user: UInt32 = 0) { self.user = user }

  /// What was asked of it.
  var asked: [Asked] { state.withLock { $0.asked } }

  func willEnd(_ end: HoldEnd, after news: [SocketNews] = [.listening]) {
    state.withLock { state in
      state.end = end
      state.news = news
    }
  }

  func commandWillEnd(_ end: CommandEnd) { state.withLock { $0.commandEnd = end } }

  func willRefuse(_ reason: HostFileError.Reason) { state.withLock { $0.fault = reason } }

  /// How many descriptors above 2 a command finds in use.
  func isInherited(_ count: Int) { state.withLock { $0.taken = count } }

  func heedSignals() throws(HostFileError) { note(.heeded) }

  func wait(isInputWatched: Bool) throws(HostFileError) -> HoldEnd {
    note(.waited(isInputWatched: isInputWatched))
    return state.withLock { $0.end }
  }

  func freeNumbers(_ count: Int) -> Int32 { 3 + Int32(state.withLock { $0.taken }) }

  func run(_ command: PassingCommand, started: () -> Void) throws(HostFileError) -> CommandEnd {
    note(.ran(command))
    if let fault = state.withLock({ $0.fault }) {
      throw HostFileError(path: command.words.first ?? "", reason: fault)
    }
    started()
    return state.withLock { $0.commandEnd }
  }

  func serve(
    _ messages: [DescriptorMessage],
    at path: String,
    to users: [UInt32],
    isInputWatched: Bool,
    told: (SocketNews) -> Void
  ) throws(HostFileError) -> HoldEnd {
    note(.served(messages, path: path, users: users, isInputWatched: isInputWatched))
    if let fault = state.withLock({ $0.fault }) { throw HostFileError(path: path, reason: fault) }
    for news in state.withLock({ $0.news }) { told(news) }
    return state.withLock { $0.end }
  }

  private func note(_ asked: Asked) { state.withLock { $0.asked.append(asked) } }
}
