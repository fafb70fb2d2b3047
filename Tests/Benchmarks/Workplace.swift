import Foundation

/// Where the benchmark keeps generated files and the programs it compares with.
struct Workplace {
  let folder: URL
  /// The executable that users get: fully static, built for release.
  let vfioplan: String
  private let checkout: URL

  init() throws(BenchmarkError) {
    checkout = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("vfioplan-bench-\(getpid())")
    let path = folder.path
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw .notWritten(path)
    }
    // Built as the lab builds it, so that both have it from one folder.
    let scratch = checkout.appendingPathComponent(".build/lab").path
    vfioplan = "\(scratch)/release/vfioplan"
    try Workplace.tool([
      "swift", "build", "--package-path", checkout.path, "--scratch-path", scratch, "-c", "release",
      "-Xswiftc", "-static-executable", "-Xlinker", "-s", "--product", "vfioplan",
    ])
  }

  /// Writes a generated file and gives its path.
  func file(_ name: String, _ text: String) throws(BenchmarkError) -> String {
    let file = folder.appendingPathComponent(name)
    let parent = file.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    } catch { throw .notWritten(name) }
    return file.path
  }

  /// Compiles a C program of `Tests/Baselines` as its users would: dynamically linked, optimised.
  func baseline(_ name: String, _ libraries: String...) throws(BenchmarkError) -> String {
    let program = folder.appendingPathComponent(name).path
    let source = checkout.appendingPathComponent("Tests/Baselines/\(name).c").path
    try Workplace.tool(["cc", "-O2", "-o", program, source] + libraries.map { "-l\($0)" })
    return program
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  private static func tool(_ words: [String]) throws(BenchmarkError) {
    _ = try Comparison.run(["/usr/bin/env"] + words)
  }
}
