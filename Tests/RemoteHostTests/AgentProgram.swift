import Foundation
import HostDoors
import LinuxHost
import RemoteHost
import Testing

/// The agent that was built beside the tests.
enum AgentProgram {
  /// Beside the test bundle, or beside the program that runs the tests.
  static let path: String? = {
    let places = [Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments.first ?? "")]
    let folders = places.flatMap { [$0, $0.deletingLastPathComponent()] }
    return folders.map { $0.appendingPathComponent("vfio-agent").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// A new one with its stream.
  static func start() throws -> RemoteAgent {
    try RemoteAgent(over: LinuxProgram.start([#require(path)]))
  }
}

/// A stream that answers what it was given, and then ends.
final class CannedStream: ByteStream, @unchecked Sendable {
  private var answer: ArraySlice<UInt8>

  init(_ answer: [UInt8]) { self.answer = answer[...] }

  func read(_ count: Int) throws(ByteStreamError) -> [UInt8] {
    guard answer.count >= count else { throw .ended }
    defer { answer = answer.dropFirst(count) }
    return Array(answer.prefix(count))
  }

  func write(_ bytes: [UInt8]) throws(ByteStreamError) {}
  func close() -> ByteStreamEnd { ByteStreamEnd(complaints: Array("canned".utf8)) }
}
