import Foundation
import TestSupport
import Testing

/// The example program on the library, as it was built beside the tests.
private struct OpenDevice {
  /// Beside the test bundle, or beside the program that runs the tests.
  static let program: URL? = {
    let places = [Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments.first ?? "")]
    let folders = places.flatMap { [$0, $0.deletingLastPathComponent()] }
    return folders.map { $0.appendingPathComponent("open-device") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }()

  /// Runs a program to its end.
  static func run(_ path: String, _ arguments: [String]) throws -> (output: String, status: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }
}

@Suite struct LinkTests {
  @Test func `a program on the library loads no libyaml`() throws {
    let program = try #require(OpenDevice.program)
    let loaded = try OpenDevice.run("/usr/bin/ldd", [program.path])
    #expect(loaded.status == 0)
    #expect(loaded.output.contains("libc.so"))
    #expect(!loaded.output.contains("yaml"))
  }

  @Test func `a program on the library holds no other room`() throws {
    let program = try #require(OpenDevice.program)
    let bytes = try Data(contentsOf: program)
    // A mangled name begins with the length and the name of its module.
    func holds(_ module: String) -> Bool {
      bytes.range(of: Data("$s\(module.utf8.count)\(module)".utf8)) != nil
    }
    #expect(["VFIOCore", "LinuxVFIO"].filter { !holds($0) } == [])
    let others = try FileManager.default.contentsOfDirectory(
      atPath: Checkout.root.appendingPathComponent("Sources").path
    )
    .filter { !["VFIOCore", "LinuxVFIO", "VFIOTypes"].contains($0) }
    #expect(others.filter(holds) == [])
  }

  @Test func `the program says how it is used`() throws {
    let program = try #require(OpenDevice.program)
    let (output, status) = try OpenDevice.run(program.path, [])
    #expect(output == "usage: open-device GROUP ADDRESS\n")
    #expect(status == 2)
  }

  @Test func `a group that is not there is the kernel's own answer`() throws {
    let program = try #require(OpenDevice.program)
    let (output, status) = try OpenDevice.run(program.path, ["4294967295", "0000:01:00.0"])
    #expect(output == "open-device: group 4294967295: open failed with ENOENT\n")
    #expect(status == 1)
  }
}
