import Foundation
import HostDoors
import LinuxHost
import Testing

/// A tree with files and links, looked at as a tree and as a part of this machine.
@Suite struct LinuxFilesTests {
  private let folder: TemporaryFolder
  private let machine = LinuxFiles(root: "/")
  private let tree: LinuxFiles

  init() throws {
    folder = try TemporaryFolder()
    tree = LinuxFiles(root: folder.path)
    let files = FileManager.default
    try files.createDirectory(atPath: "\(folder.path)/devices/a", withIntermediateDirectories: true)
    try "one\n".write(toFile: "\(folder.path)/devices/a/vendor", atomically: false, encoding: .utf8)
    try files.createSymbolicLink(atPath: "\(folder.path)/bus", withDestinationPath: "devices/../devices")
    try files.createSymbolicLink(atPath: "\(folder.path)/devices/b", withDestinationPath: "../bus/a")
    try files.createSymbolicLink(atPath: "\(folder.path)/loop", withDestinationPath: "loop")
  }

  /// The answers at a path, with what is in error as its reason.
  private func answers(_ files: LinuxFiles, _ path: String, shown: String) -> [String] {
    func said(_ ask: () throws(HostFileError) -> String) -> String {
      do throws(HostFileError) { return try ask() } catch {
        let path = error.path == path ? shown : "another path"
        // A loop is found by whoever follows the links.
        if case .system(_, let number) = error.reason { return "errno \(number) at \(path)" }
        return "\(error.reason) at \(path)"
      }
    }
    return [
      said { () throws(HostFileError) in String(decoding: try files.read(path, limit: 100), as: UTF8.self) },
      said { () throws(HostFileError) in try files.names(in: path).joined(separator: " ") },
      said { () throws(HostFileError) in try files.target(ofLink: path) },
      said { () throws(HostFileError) in "\(try files.status(path).kind)" },
    ]
  }

  @Test(
    arguments: [
      "/devices", "/bus", "/devices/b", "/devices/b/vendor", "/bus/b/../a/./vendor", "/loop", "/none",
    ]
  )
  func `the machine follows its links as a tree does`(path: String) {
    #expect(
      answers(machine, folder.path + path, shown: path) == answers(tree, path, shown: path)
    )
  }

  @Test func `an absolute link and a way out lead to the root of a tree`() throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/far",
      withDestinationPath: "/devices/a/vendor"
    )
    #expect(try tree.read("/far", limit: 100) == Array("one\n".utf8))
    #expect(try tree.read("/../../devices/a/vendor", limit: 100) == Array("one\n".utf8))
  }
}
