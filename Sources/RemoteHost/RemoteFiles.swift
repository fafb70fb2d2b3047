package import HostDoors

/// The files of the machine an agent runs on: what a snapshot reads and where a change looks, and no others.
///
/// What is on no list of the agent is `denied`, as it is to a user who may not look: unknown, and not absent.
package struct RemoteFiles: HostFiles {
  private let agent: RemoteAgent

  /// The files behind an agent.
  package init(_ agent: RemoteAgent) { self.agent = agent }

  package func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    do throws(AgentError) {
      var frame = Frame(.fileRead)
      frame.text(path)
      frame.long(UInt64(clamping: limit))
      var reply = try agent.ask(frame)
      return reply.results.rest()
    } catch { throw HostFileError(path: path, reason: error.reason("open")) }
  }

  package func names(in path: String) throws(HostFileError) -> [String] {
    do throws(AgentError) {
      var reply = try ask(.fileNames, path)
      var names: [String] = []
      while !reply.results.isEmpty { names.append(try reply.results.text()) }
      return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch { throw HostFileError(path: path, reason: error.reason("opendir")) }
  }

  package func target(ofLink path: String) throws(HostFileError) -> String {
    do throws(AgentError) {
      var reply = try ask(.fileLink, path)
      return String(decoding: reply.results.rest(), as: UTF8.self)
    } catch { throw HostFileError(path: path, reason: error.reason("readlink")) }
  }

  package func resolved(_ path: String) throws(HostFileError) -> String {
    do throws(AgentError) {
      var reply = try ask(.fileResolve, path)
      return String(decoding: reply.results.rest(), as: UTF8.self)
    } catch { throw HostFileError(path: path, reason: error.reason("readlink")) }
  }

  package func status(_ path: String) throws(HostFileError) -> HostFileStatus {
    do throws(AgentError) {
      var reply = try ask(.fileStatus, path)
      let (mode, user) = (try reply.results.word(), try reply.results.word())
      let (major, minor) = (try reply.results.word(), try reply.results.word())
      // S_IFMT and the kinds in it, which are the same on every architecture: Linux 6.12 include/uapi/linux/stat.h.
      let kind: HostFileStatus.Kind =
        switch mode & 0o170000 {
        case 0o100000: .file
        case 0o040000: .folder
        case 0o120000: .link
        case 0o020000: .characterDevice(major: major, minor: minor)
        default: .other
        }
      return HostFileStatus(
        kind: kind,
        mode: UInt16(mode & 0o7777),
        user: user,
        size: try reply.results.long()
      )
    } catch { throw HostFileError(path: path, reason: error.reason("stat")) }
  }

  private func ask(_ operation: Operation, _ path: String) throws(AgentError) -> AgentReply {
    var frame = Frame(operation)
    frame.text(path)
    return try agent.ask(frame)
  }
}

extension AgentError {
  /// What it is for whoever looked at a file.
  ///
  /// - Parameter call: what the operation does where it makes one call.
  /// - Returns: the reason.
  func reason(_ call: String) -> HostFileError.Reason {
    switch self {
    case .lost: .lost
    case .failed(_, errno: 2): .absent
    case .failed(_, errno: 1), .failed(_, errno: 13), .refused(.path): .denied
    case .failed(_, errno: 20), .failed(_, errno: 21): .wrongKind
    case .refused(.size): .tooLarge
    case .failed(let made, let errno): .system(call: made.name ?? call, errno: errno)
    case .refused, .returned, .malformed, .stranger: .system(call: call, errno: 71)
    }
  }
}

extension AgentCall {
  /// Its name in the manual; nil for the one that an operation makes.
  var name: String? { self == .itself ? nil : "\(self)" }
}
