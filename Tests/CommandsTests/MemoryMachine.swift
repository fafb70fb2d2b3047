import HostDoors
import Synchronization
import TestSupport

/// A console that keeps what is written.
struct MemoryConsole: Console {
  var output: [UInt8] = []
  var error: [UInt8] = []
  /// The streams a person looks at.
  var terminals: Set<ConsoleStream> = []
  /// What every write to standard output ends in.
  var fault: ConsoleError?

  mutating func write(_ bytes: [UInt8], to stream: ConsoleStream) throws(ConsoleError) {
    switch stream {
    case .output:
      if let fault { throw fault }
      output += bytes
    case .error: error += bytes
    }
  }

  func isTerminal(_ stream: ConsoleStream) -> Bool { terminals.contains(stream) }
}

/// A user's files in memory; folders are there where something lies in them.
final class MemoryFiles: UserFiles {
  enum Entry: Hashable, Sendable {
    case file(String)
    case link(String)
    case folder
    /// Stands there and cannot be opened.
    case closed(HostFileError.Reason)
  }

  private let state: Mutex<[String: Entry]>
  private let input: String

  init(_ entries: [String: Entry], input: String = "") {
    state = Mutex(entries)
    self.input = input
  }

  var entries: [String: Entry] { state.withLock { $0 } }

  /// The files' texts.
  var texts: [String: String] {
    entries.compactMapValues { entry in if case .file(let text) = entry { text } else { nil } }
  }

  private func entry(_ path: String) throws(HostFileError) -> Entry {
    let entries = entries
    if case .link(let target)? = entries[path] { return try entry(target) }
    if let entry = entries[path] { return entry }
    if path == "." || entries.keys.contains(where: { $0.hasPrefix(path + "/") }) { return .folder }
    throw HostFileError(path: path, reason: .absent)
  }

  func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    switch try entry(path) {
    case .file(let text) where text.utf8.count > limit: throw HostFileError(path: path, reason: .tooLarge)
    case .file(let text): return Array(text.utf8)
    case .closed(let reason): throw HostFileError(path: path, reason: reason)
    case .folder, .link: throw HostFileError(path: path, reason: .wrongKind)
    }
  }

  func readStandardInput(limit: Int) throws(HostFileError) -> [UInt8] {
    guard input.utf8.count <= limit else { throw HostFileError(path: "-", reason: .tooLarge) }
    return Array(input.utf8)
  }

  func read(_ path: String, below folder: String, limit: Int) throws(HostFileError) -> [UInt8] {
    let whole = folder == "." ? path : "\(folder)/\(path)"
    if case .link? = entries[whole] { throw HostFileError(path: whole, reason: .outside) }
    return try read(whole, limit: limit)
  }

  func status(_ path: String) throws(HostFileError) -> HostFileStatus { status(of: try entry(path)) }

  func linkStatus(_ path: String) throws(HostFileError) -> HostFileStatus {
    if case .link? = entries[path] { return status(of: .link("")) }
    return try status(path)
  }

  private func status(of entry: Entry) -> HostFileStatus {
    let kind: HostFileStatus.Kind =
      switch entry {
      case .file, .closed: .file
      case .link: .link
      case .folder: .folder
      }
    return HostFileStatus(kind: kind, mode: 0o644, user: 0, size: 0)
  }

  func names(in path: String) throws(HostFileError) -> [String] {
    guard case .folder = try entry(path) else { throw HostFileError(path: path, reason: .wrongKind) }
    let prefix = path == "." ? "" : path + "/"
    let below = entries.keys.filter { $0.hasPrefix(prefix) && $0 != path }.map { key in
      String(key.dropFirst(prefix.count).prefix { $0 != "/" })
    }
    return Set(below).sorted()
  }

  func replace(_ path: String, with bytes: [UInt8]) throws(HostFileError) {
    if case .closed(let reason)? = entries[path] { throw HostFileError(path: path, reason: reason) }
    state.withLock { $0[path] = .file(String(decoding: bytes, as: UTF8.self)) }
  }

  func create(_ path: String, with bytes: [UInt8]) throws(HostFileError) {
    try make(path, .file(String(decoding: bytes, as: UTF8.self)))
  }

  func createFolder(_ path: String) throws(HostFileError) { try make(path, .folder) }

  func createLink(_ path: String, to target: String) throws(HostFileError) { try make(path, .link(target)) }

  private func make(_ path: String, _ entry: Entry) throws(HostFileError) {
    guard entries[path] == nil else { throw HostFileError(path: path, reason: .exists) }
    state.withLock { $0[path] = entry }
  }
}

/// A clock that moves on by itself, so that progress is due after some looks at it.
final class MemoryClock: HostClock {
  private let now = Atomic<UInt64>(0)
  private let step: UInt64
  private let date: String

  init(step: UInt64 = 0, date: String = "2026-11-24") {
    self.step = step
    self.date = date
  }

  func milliseconds() -> UInt64 { now.wrappingAdd(step, ordering: .relaxed).oldValue }

  func today() -> String { date }
}

/// One after the other, whatever number of jobs is asked for.
struct MemoryWorkers: Workers {
  var processors: Int { 1 }

  func run<Output: Sendable>(
    _ count: Int,
    jobs: Int,
    _ make: @Sendable (Int) -> Output,
    take: (Output) -> WorkDemand
  ) {
    for number in 0..<count where take(make(number)) == .stop { return }
  }
}

/// What a machine was to start.
final class StartedPrograms {
  var words: [[String]] = []
}

/// A machine in memory.
struct MemoryMachine<Crew: Workers>: Machine {
  var console = MemoryConsole()
  var files = MemoryFiles([:])
  var clock = MemoryClock()
  var workers: Crew
  var host = ModelHostFiles(TreeFiles(text: ""))
  var trees: [String: TreeFiles] = [:]
  var variables: [String: String] = [:]

  /// The kernel that plans are carried out on; it sees the drivers that `host` has then.
  let probe = KernelProbe()
  var keeper = MemoryKeeper()

  var writes: ModelHostFiles { host }
  var processes: ModelHostFiles { host }

  func tree(at folder: String) -> ModelHostFiles { ModelHostFiles(trees[folder] ?? TreeFiles(text: "")) }

  func variable(_ name: String) -> String? { variables[name] }

  /// The agents that programs lead to, by the first word.
  var agents: [String: ModelAgent] = [:]

  /// The programs that were to be started.
  let started = StartedPrograms()

  func start(_ words: [String]) throws(HostFileError) -> ModelAgent {
    started.words.append(words)
    guard let agent = agents[words[0]] else { throw HostFileError(path: words[0], reason: .absent) }
    return agent
  }
}

extension MemoryMachine where Crew == MemoryWorkers {
  /// A machine with these files.
  init(_ files: [String: String] = [:], input: String = "") {
    self.init(workers: MemoryWorkers())
    self.files = MemoryFiles(files.mapValues { .file($0) }, input: input)
  }
}
