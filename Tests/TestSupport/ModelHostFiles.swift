package import HostDoors
import Synchronization

/// A host in memory whose kernel binds drivers as Linux does.
///
/// States the behaviour of Linux 6.12: drivers/base/bus.c (bind_store, unbind_store, drivers_probe_store),
/// drivers/base/driver.c (driver_set_override), drivers/base/dd.c (device_driver_attach, __device_attach),
/// drivers/vfio/pci/vfio_pci_core.c (vfio_pci_core_register_device).
package final class ModelHostFiles: HostFiles, HostWrites, Processes {
  /// How one act goes wrong.
  package enum Fault: Hashable, Sendable {
    /// It is refused with this error and nothing happens.
    case refused(Int32)
    /// It happens, and is reported as failed nevertheless.
    case doneButRefused(Int32)
    /// It is reported as done, and nothing happens.
    case withoutEffect
  }

  package struct State: Sendable {
    package var tree: TreeFiles
    /// The driver that knows a function by its ids; `vfio-pci` knows none.
    package var natives: [String: String]
    /// Drivers whose probe fails, by `address driver`.
    package var failingProbes: [String: Int32] = [:]
    /// Functions whose driver never lets go: an unbind waits for ever.
    package var stuck: Set<String> = []
    /// By the number of the act, from 1.
    package var faults: [Int: Fault] = [:]
    /// Files whose reading fails.
    package var unreadable: [String: HostFileError.Reason] = [:]
    package var descriptors: [OpenDescriptor] = []
    package var login: RemoteLogin?
    package var processesError: HostFileError?
    package var isLockedByAnother = false
    /// Every act, `write PATH TEXT`, in order.
    package fileprivate(set) var log: [String] = []
    /// Unbinds that would have waited for ever.
    package internal(set) var hangs: [String] = []
  }

  private let state: Mutex<State>

  /// A host of a captured tree.
  ///
  /// - Parameters:
  ///   - tree: its files.
  ///   - natives: drivers of functions that are not bound to them in the tree.
  package init(_ tree: TreeFiles, natives: [String: String] = [:]) {
    var known = natives
    for address in (try? tree.names(in: "/sys/bus/pci/devices")) ?? [] where known[address] == nil {
      let driver = ModelKernel.driver(of: address, tree)
      if driver != "vfio-pci" { known[address] = driver }
    }
    state = Mutex(State(tree: tree, natives: known))
  }

  /// Looks at the state, or sets it up.
  package func with<Result: Sendable>(_ body: (inout sending State) -> sending Result) -> Result {
    state.withLock { body(&$0) }
  }

  package var tree: TreeFiles { state.withLock(\.tree) }
  package var log: [String] { state.withLock(\.log) }

  // MARK: HostFiles

  package func read(_ path: String, limit: Int) throws(HostFileError) -> [UInt8] {
    if let reason = state.withLock({ $0.unreadable[path] }) {
      throw HostFileError(path: path, reason: reason)
    }
    // The size of an attribute is a page, whatever it holds: fs/sysfs/file.c: sysfs_add_file_mode_ns.
    guard !path.hasPrefix("/sys/") || limit >= 4096 else {
      throw HostFileError(path: path, reason: .tooLarge)
    }
    return try tree.read(path, limit: limit)
  }

  package func names(in path: String) throws(HostFileError) -> [String] { try tree.names(in: path) }

  package func target(ofLink path: String) throws(HostFileError) -> String {
    if let reason = state.withLock({ $0.unreadable[path] }) {
      throw HostFileError(path: path, reason: reason)
    }
    return try tree.target(ofLink: path)
  }

  package func resolved(_ path: String) throws(HostFileError) -> String { try tree.resolved(path) }

  package func status(_ path: String) throws(HostFileError) -> HostFileStatus { try tree.status(path) }

  // MARK: HostWrites

  package func write(_ bytes: [UInt8], toAttribute path: String) throws(HostWriteError) {
    let text = String(decoding: bytes, as: UTF8.self)
    try act("write \(path) \(text.dropLast())", path, "write") { state in
      ModelKernel.write(text, to: path, &state)
    }
  }

  package func createFolder(_ path: String) throws(HostWriteError) {
    try act("mkdir \(path)", path, "mkdir") { state in
      state.tree.putFolder(path)
      return 0
    }
  }

  package func create(_ path: String, _ bytes: [UInt8]) throws(HostWriteError) {
    try act("create \(path)", path, "open") { state in
      state.tree.putFile(path, bytes: bytes, mode: 0o600)
      return 0
    }
  }

  package func append(_ bytes: [UInt8], to path: String) throws(HostWriteError) {
    try act("append \(path)", path, "write") { state in
      guard let before = state.tree.bytes(at: path) else { return 2 }
      state.tree.putFile(path, bytes: before + bytes, mode: 0o600)
      return 0
    }
  }

  package func sync(_ path: String) throws(HostWriteError) {
    try act("sync \(path)", path, "fsync") { state in
      state.tree.entries[path] == nil ? 2 : 0
    }
  }

  package func rename(_ path: String, to other: String) throws(HostWriteError) {
    try act("rename \(path) \(other)", other, "rename") { state in
      guard let bytes = state.tree.bytes(at: path) else { return 2 }
      state.tree.remove(path)
      state.tree.putFile(other, bytes: bytes, mode: 0o600)
      return 0
    }
  }

  package func remove(_ path: String) throws(HostWriteError) {
    try act("remove \(path)", path, "unlink") { state in
      guard state.tree.entries[path] != nil else { return 2 }
      state.tree.remove(path)
      return 0
    }
  }

  package func withLock<Result>(_ path: String, _ body: () -> Result) throws(HostLockError) -> Result {
    guard !state.withLock(\.isLockedByAnother) else { throw .held(path: path) }
    state.withLock { $0.isLockedByAnother = true }
    defer { state.withLock { $0.isLockedByAnother = false } }
    return body()
  }

  /// Logs an act and carries it out, as far as its fault lets it.
  private func act(
    _ line: String,
    _ path: String,
    _ call: String,
    _ body: (inout State) -> Int32
  ) throws(HostWriteError) {
    let error: Int32 = state.withLock { state in
      state.log.append(line)
      switch state.faults[state.log.count] {
      case .refused(let error): return error
      case .doneButRefused(let error):
        _ = body(&state)
        return error
      case .withoutEffect: return 0
      case nil: return body(&state)
      }
    }
    guard error == 0 else { throw HostWriteError(path: path, call: call, errno: error) }
  }

  // MARK: Processes

  package func descriptors(beginning prefixes: [String]) throws(HostFileError) -> [OpenDescriptor] {
    let (error, all) = state.withLock { ($0.processesError, $0.descriptors) }
    if let error { throw error }
    return all.filter { descriptor in prefixes.contains { descriptor.target.hasPrefix($0) } }
  }

  package func remoteLogin() throws(HostFileError) -> RemoteLogin? { state.withLock(\.login) }

  // MARK: By hand

  /// Carries out lines `echo TEXT > PATH` as a shell would; the lines that failed or are no such line.
  package func run(_ commands: [String]) -> [String] {
    commands.filter { command in
      let words = command.split(separator: " ")
      guard words.count >= 3, words.first == "echo", words[words.count - 2] == ">", let path = words.last
      else {
        return true
      }
      let text = words.dropFirst().dropLast(2).joined(separator: " ") + "\n"
      return (try? write(Array(text.utf8), toAttribute: String(path))) == nil
    }
  }

  /// Takes a function away as a hot-unplug does.
  package func unplug(_ address: String) {
    state.withLock { state in
      if let driver = ModelKernel.driver(of: address, state.tree) {
        ModelKernel.detach(address, from: driver, &state.tree)
      }
      guard let folder = try? state.tree.resolved("/sys/bus/pci/devices/\(address)") else { return }
      if let group = ModelKernel.group(of: address, state.tree) {
        state.tree.remove("/sys/kernel/iommu_groups/\(group)/devices/\(address)")
      }
      state.tree.remove("/sys/bus/pci/devices/\(address)")
      state.tree.remove(folder)
    }
  }
}
