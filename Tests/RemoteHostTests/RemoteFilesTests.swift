import Foundation
import HostDoors
import HostInventory
import LinuxHost
import RemoteHost
import TestSupport
import Testing

/// What an answer is, whether it is one or an error.
private enum Answer<Value: Equatable>: Equatable {
  case value(Value)
  case error(String)

  init(_ body: @autoclosure () throws -> Value) {
    do { self = .value(try body()) } catch { self = .error("\(error)") }
  }

  static func error(_ error: some Error) -> Answer { .error("\(error)") }
}

@Suite struct RemoteFilesTests {
  private let here = LinuxFiles(root: "/")
  private let agent: RemoteAgent
  private let there: RemoteFiles

  init() throws {
    agent = try AgentProgram.start()
    there = RemoteFiles(agent)
  }

  @Test(arguments: [
    "/sys/class", "/sys/class/net", "/sys/class/net/lo", "/sys/class/net/lo/address",
    "/sys/class/net/lo/subsystem",
    "/sys/class/nothing", "/sys/class/net/lo/address/x", "/sys/bus/pci/devices", "/sys/kernel", "/dev",
    "/dev/null",
    "/dev/vfio/vfio", "/dev/fd", "/proc/cpuinfo", "/proc/self/status",
    "/run/vfioplan/none",
  ])
  func `a path far away is what it is here`(_ path: String) {
    #expect(Answer(try there.status(path)) == Answer(try here.status(path)))
    #expect(Answer(try there.target(ofLink: path)) == Answer(try here.target(ofLink: path)))
    // This process is another than the agent's.
    guard !path.hasPrefix("/proc/self"), path != "/dev/fd" else { return }
    #expect(Answer(try there.names(in: path)) == Answer(try here.names(in: path)))
    #expect(Answer(try there.resolved(path)) == Answer(try here.resolved(path)))
    guard (try? here.status(path).kind) != .folder, !path.hasPrefix("/dev"), path != "/proc/cpuinfo" else {
      return
    }
    #expect(Answer(try there.read(path, limit: 1 << 20)) == Answer(try here.read(path, limit: 1 << 20)))
  }

  @Test func `a snapshot far away is the snapshot here`() {
    /// The lines of a snapshot but for the memory that is free, which changes meanwhile.
    func lines(_ files: some HostFiles) -> [Substring] {
      String(decoding: SnapshotWriter.document(SysfsReader.snapshot(of: files)), as: UTF8.self)
        .replacing(/"free": \d+/, with: "").split(separator: "\n")
    }
    #expect(lines(there) == lines(here))
    let uses = InUse.find(in: there)
    #expect(uses == InUse.find(in: here))
  }

  @Test func `other paths are as if one may not look`() {
    for path in ["/etc/passwd", "/proc/1/environ", "/sys/kernel/debug", "/dev/../etc/passwd"] {
      let denied = HostFileError(path: path, reason: .denied)
      #expect(Answer(try there.read(path, limit: 4096)) == .error(denied))
      #expect(Answer(try there.names(in: path)) == .error(denied))
      #expect(Answer(try there.resolved(path)) == .error(denied))
      #expect(Answer(try there.status(path)) == .error(denied))
      #expect(Answer(try there.target(ofLink: path)) == .error(denied))
    }
  }

  @Test func `a file over its limit is not read in part`() {
    #expect(
      Answer(try there.read("/proc/cpuinfo", limit: 10))
        == .error(HostFileError(path: "/proc/cpuinfo", reason: .tooLarge))
    )
  }
}

@Suite(.serialized) struct RemoteWritesTests {
  private let folder = "/run/vfioplan"
  private let path = "/run/vfioplan/test-\(UUID().uuidString)"

  private static let isRoot = getuid() == 0 || Checkout.isMissing("root, to whom /run belongs")

  @Test(.enabled(if: isRoot)) func `a record is replaced whole`() throws {
    let agent = try AgentProgram.start()
    let writes = RemoteWrites(agent)
    try writes.createFolder(folder)
    try writes.replace(path, with: Array("one\n".utf8))
    try writes.replace(path, with: Array("two\n".utf8))
    try writes.append(Array("three\n".utf8), to: path)
    #expect(try RemoteFiles(agent).read(path, limit: 100) == Array("two\nthree\n".utf8))
    #expect(try RemoteFiles(agent).status(path).mode == 0o600)
    try writes.remove(path)
    let gone = #expect(throws: HostWriteError.self) { try writes.append([], to: path) }
    #expect(gone == HostWriteError(path: path, call: "open", errno: 2))
  }

  @Test(.enabled(if: isRoot)) func `a lock is one for all agents and for this machine`() throws {
    let (first, second) = (try AgentProgram.start(), try AgentProgram.start())
    let writes = RemoteWrites(first)
    try writes.createFolder(folder)
    defer { try? writes.remove(path) }
    func lock(_ writes: some HostWrites) -> Answer<Bool> { Answer(try writes.withLock(path) { true }) }
    func holders() -> Answer<[String]> {
      Answer(
        try RemoteProcesses(second).descriptors(beginning: [path]).map { "\($0.process.name) \($0.target)" }
      )
    }
    let (inner, local, holding) = try writes.withLock(path) {
      (lock(RemoteWrites(second)), lock(LinuxWrites()), holders())
    }
    #expect(inner == .error(HostLockError.held(path: path)))
    #expect(local == .error(HostLockError.held(path: path)))
    // The agent holds it by one file of its own.
    #expect(holding == .value(["vfio-agent \(path)"]))
    #expect(lock(RemoteWrites(second)) == .value(true))
    // Whoever dies gives it back.
    let end = try writes.withLock(path) {
      first.close()
      return lock(RemoteWrites(second))
    }
    #expect(end == .value(true))
    try RemoteWrites(second).remove(path)
  }

  @Test func `other paths and other words are not written`() throws {
    let writes = RemoteWrites(try AgentProgram.start())
    func error(_ body: () throws(HostWriteError) -> Void) -> Int32? {
      do throws(HostWriteError) { try body() } catch { return error.errno }
      return nil
    }
    let drivers = "/sys/bus/pci/drivers"
    for path in ["/etc/passwd", "\(drivers)/x/new_id", "/sys/bus/pci/rescan", "\(drivers)/../rescan"] {
      #expect(error { () throws(HostWriteError) in try writes.write([0x78, 0x0a], toAttribute: path) } == 1)
      #expect(error { () throws(HostWriteError) in try writes.create(path, []) } == 1)
    }
    // No such driver: the path is right, and the kernel was asked.
    let path = "\(drivers)/no-such-driver/bind"
    #expect(error { () throws(HostWriteError) in try writes.write([0x78, 0x0a], toAttribute: path) } == 2)
    #expect(error { () throws(HostWriteError) in try writes.write([0x78], toAttribute: path) } == 22)
  }

  @Test func `who holds what the agent does not look for is not known`() throws {
    let processes = RemoteProcesses(try AgentProgram.start())
    let error = #expect(throws: HostFileError.self) { try processes.descriptors(beginning: ["/etc/"]) }
    #expect(error == HostFileError(path: "/etc/", reason: .denied))
    #expect(try processes.remoteLogin() == LinuxProcesses().remoteLogin())
  }
}
