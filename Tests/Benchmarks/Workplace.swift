import Foundation

/// Where the benchmark keeps generated files and the programs it compares with.
struct Workplace {
  let folder: URL
  /// The executable that users get: fully static, built for release.
  let vfioplan: String
  private let checkout: URL
  /// The program that runs another and says what it cost.
  private let measuring: String

  init() throws(BenchmarkError) {
    checkout = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("vfioplan-bench-\(getpid())")
    let path = folder.path
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw .notWritten(path)
    }
    let measure = folder.appendingPathComponent("measure")
    let source = checkout.appendingPathComponent("Tests/Baselines/measure.c")
    try Workplace.compile(source, to: measure, [])
    measuring = measure.path
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
    let program = folder.appendingPathComponent(name)
    let source = checkout.appendingPathComponent("Tests/Baselines/\(name).c")
    try Workplace.compile(source, to: program, libraries)
    return program.path
  }

  /// The agent as its head says it is built.
  func agent() throws(BenchmarkError) -> String {
    let program = folder.appendingPathComponent("vfio-agent")
    let source = checkout.appendingPathComponent("Sources/vfio-agent/vfio-agent.c")
    try Workplace.tool(["cc", "-std=c99", "-O2", "-static", "-o", program.path, source.path])
    return program.path
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// What one run costs, which must end well: a figure of a program that failed says nothing.
  func measure(_ arguments: [String]) throws(BenchmarkError) -> Child {
    let report = folder.appendingPathComponent("report")
    let command = arguments.joined(separator: " ")
    guard Child.run([measuring, report.path] + arguments) == 0,
      let text = try? String(contentsOf: report, encoding: .utf8), let child = Child(report: text)
    else { throw .notStarted(command) }
    guard child.status == 0 else { throw .failed(command, status: child.status) }
    return child
  }

  private static func tool(_ words: [String]) throws(BenchmarkError) {
    let command = words.joined(separator: " ")
    guard let status = Child.run(["/usr/bin/env"] + words) else { throw .notStarted(command) }
    guard status == 0 else { throw .failed(command, status: status) }
  }

  private static func compile(_ source: URL, to program: URL, _ libraries: [String]) throws(BenchmarkError) {
    try tool(["cc", "-O2", "-o", program.path, source.path] + libraries.map { "-l\($0)" })
  }
}
