import Foundation
import TestSupport

/// A running QEMU that has made its machine and not started it, asked over QMP.
final class RealQEMU {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let errors: URL
  private var buffer: [UInt8] = []
  private var watchdog: DispatchWorkItem?
  /// What it said when it ended before it could be asked; nil while it runs.
  private(set) var refusal: String?

  /// The program for a guest's machine, or nil after saying that it is not installed.
  static func program(_ architecture: String) -> String? {
    let path = "/usr/bin/qemu-system-\(architecture)"
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  init(_ program: String, _ words: [String]) throws {
    errors = FileManager.default.temporaryDirectory.appendingPathComponent("qemu-\(UUID().uuidString).log")
    _ = RealQEMU.ignoresBrokenPipes
    try Data().write(to: errors)
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments =
      ["-S", "-nodefaults", "-no-user-config", "-display", "none", "-qmp", "stdio"] + words
    process.standardInput = input
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let number = process.processIdentifier
    let watchdog = DispatchWorkItem { kill(number, SIGKILL) }
    DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: watchdog)
    self.watchdog = watchdog
    try? output.fileHandleForWriting.close()
    // The greeting comes before the machine is made; only an answer shows that it was.
    if line() == nil || command("qmp_capabilities") == nil { fail() }
  }

  private static let ignoresBrokenPipes: Bool = {
    signal(SIGPIPE, SIG_IGN)
    return true
  }()

  private func fail() {
    process.waitUntilExit()
    refusal = (try? String(contentsOf: errors, encoding: .utf8)) ?? "status \(process.terminationStatus)"
  }

  /// Ends it; every QEMU that was made is closed.
  ///
  /// It has nothing to save, and its signal mask may block a request to end.
  func close() {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    watchdog?.cancel()
    try? FileManager.default.removeItem(at: errors)
  }

  // MARK: QMP

  /// The answer to a command; nil where it is an error or QEMU is gone.
  func command(_ name: String, _ arguments: [String: String] = [:]) -> JSONValue? {
    let message: [String: Any] = ["execute": name, "arguments": arguments]
    guard let data = try? JSONSerialization.data(withJSONObject: message),
      (try? input.fileHandleForWriting.write(contentsOf: data + [0x0a])) != nil
    else { return nil }
    while let line = line() {
      guard let answer = JSONValue(line) else { continue }
      if let value = answer["return"] { return value }
      if answer["error"] != nil { return nil }
    }
    return nil
  }

  /// A property of one of its objects.
  func property(_ name: String, of path: String) -> JSONValue? {
    command("qom-get", ["path": path, "property": name])
  }

  /// The names of the children and properties of an object, with their types.
  func members(of path: String) -> [(name: String, type: String)] {
    (command("qom-list", ["path": path])?.list ?? []).compactMap { member in
      guard let name = member["name"]?.text, let type = member["type"]?.text else { return nil }
      return (name, type)
    }
  }

  /// The next line, once it is there; nil at the end.
  private func line() -> String? {
    while true {
      if let end = buffer.firstIndex(of: 0x0a) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { return nil }
      buffer += data
    }
  }
}
