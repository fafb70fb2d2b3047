import Foundation
import HostDoors
import LinuxHost
import Testing

/// A folder that is gone when the test has ended.
final class TemporaryFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vfioplan-\(UUID().uuidString)"
    )
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func text(_ name: String) -> String? { try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

  func mode(_ name: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)"))?[.posixPermissions] as? Int
  }
}

@Suite struct LinuxWritesTests {
  private let writes = LinuxWrites()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func error(_ body: () throws(HostWriteError) -> Void) -> HostWriteError? {
    do throws(HostWriteError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func `a file is replaced whole, and only its owner reads it`() throws {
    let path = "\(folder.path)/run/vfioplan/state.json"
    try writes.createFolder("\(folder.path)/run/vfioplan")
    try writes.createFolder("\(folder.path)/run/vfioplan")
    try writes.replace(path, with: Array("one\n".utf8))
    try writes.replace(path, with: Array("two\n".utf8))
    #expect(folder.text("run/vfioplan/state.json") == "two\n")
    #expect(folder.mode("run/vfioplan/state.json") == 0o600)
    #expect(folder.mode("run/vfioplan") == 0o700)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/run/vfioplan") == ["state.json"]
    )
  }

  @Test func `lines are added to a file that is there, and to no other`() throws {
    let path = "\(folder.path)/journal"
    #expect(error { () throws(HostWriteError) in try writes.append([0x61], to: path) }?.errno == 2)
    try writes.create(path, Array("a\n".utf8))
    try writes.append(Array("b\n".utf8), to: path)
    try writes.sync(path)
    #expect(folder.text("journal") == "a\nb\n")
    try writes.remove(path)
    #expect(folder.text("journal") == nil)
    #expect(
      error { () throws(HostWriteError) in try writes.remove(path) }
        == HostWriteError(path: path, call: "unlink", errno: 2)
    )
  }

  @Test func `an attribute is written without being made or emptied`() throws {
    let path = "\(folder.path)/driver_override"
    #expect(
      error { () throws(HostWriteError) in try writes.write([0x0a], toAttribute: path) }
        == HostWriteError(path: path, call: "open", errno: 2)
    )
    try writes.create(path, Array("(null)\n".utf8))
    try writes.write(Array("vf".utf8), toAttribute: path)
    #expect(folder.text("driver_override") == "vfull)\n")
  }

  @Test func `a link that somebody laid is not followed`() throws {
    let link = "\(folder.path)/state.json"
    try writes.create("\(folder.path)/other", Array("kept\n".utf8))
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "\(folder.path)/other")
    #expect(error { () throws(HostWriteError) in try writes.create(link, []) }?.call == "open")
    #expect(folder.text("other") == "kept\n")
  }

  @Test func `a lock is had by one, and free again afterwards`() throws {
    let path = "\(folder.path)/lock"
    let inner = try writes.withLock(path) { () -> HostLockError? in
      do throws(HostLockError) {
        try writes.withLock(path) {}
        return nil
      } catch {
        return error
      }
    }
    #expect(inner == .held(path: path))
    #expect(try writes.withLock(path) { 7 } == 7)
    #expect(folder.mode("lock") == 0o600)
  }
}
