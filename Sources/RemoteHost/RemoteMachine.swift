package import HostDoors

/// A machine far away, worked on from one that is near.
///
/// The person, the files he names, the clock and the threads are near; the host and whatever is changed on it are far.
package struct RemoteMachine<Near: Machine>: Machine {
  package var near: Near
  private let agent: RemoteAgent

  /// The machine behind an agent.
  package init(near: Near, agent: RemoteAgent) {
    self.near = near
    self.agent = agent
  }

  package var console: Near.Terminal {
    get { near.console }
    set { near.console = newValue }
  }

  package var files: Near.Files { near.files }
  package var clock: Near.Time { near.clock }
  package var workers: Near.Crew { near.workers }
  package var host: NearOrFarFiles<Near.Host> { .far(RemoteFiles(agent)) }
  package var writes: RemoteWrites { RemoteWrites(agent) }
  package var processes: RemoteProcesses { RemoteProcesses(agent) }
  package var keeper: Near.Keeping { near.keeper }

  package func tree(at folder: String) -> NearOrFarFiles<Near.Host> { .near(near.tree(at: folder)) }
  package func variable(_ name: String) -> String? { near.variable(name) }
  package func start(_ words: [String]) throws(HostFileError) -> Near.Stream { try near.start(words) }
}

/// The files of a host far away, or of one that was saved near.
package enum NearOrFarFiles<Near: HostFiles>: HostFiles {
  case near(Near)
  case far(RemoteFiles)

  package func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    switch self {
    case .near(let files): try files.read(path, limit: limit)
    case .far(let files): try files.read(path, limit: limit)
    }
  }

  package func names(in path: String) throws(HostFileError) -> [String] {
    switch self {
    case .near(let files): try files.names(in: path)
    case .far(let files): try files.names(in: path)
    }
  }

  package func target(ofLink path: String) throws(HostFileError) -> String {
    switch self {
    case .near(let files): try files.target(ofLink: path)
    case .far(let files): try files.target(ofLink: path)
    }
  }

  package func resolved(_ path: String) throws(HostFileError) -> String {
    switch self {
    case .near(let files): try files.resolved(path)
    case .far(let files): try files.resolved(path)
    }
  }

  package func status(_ path: String) throws(HostFileError) -> HostFileStatus {
    switch self {
    case .near(let files): try files.status(path)
    case .far(let files): try files.status(path)
    }
  }
}
