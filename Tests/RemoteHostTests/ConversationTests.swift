import Foundation
import HostDoors
import LinuxHost
import RemoteHost
import Testing
import VFIOCore

@Suite struct ConversationTests {
  @Test func `the operations are those of the agent's table`() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(AgentProgram.path))
    process.arguments = ["--operations"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let rows = text.split(separator: "\n").map { line in
      line.split(separator: " ").prefix(2).joined(separator: " ").replacing("-", with: "")
    }
    #expect(rows == Operation.allCases.map { "\($0.rawValue) \("\($0)".lowercased())" })
  }

  @Test func `an agent says what it runs on`() throws {
    let agent = try AgentProgram.start()
    #expect(agent.pageSize == UInt64(sysconf(Int32(_SC_PAGESIZE))))
    let release = try RemoteFiles(agent).read("/proc/sys/kernel/osrelease", limit: 100)
    #expect("\(agent.release)\n" == String(decoding: release, as: UTF8.self))
    agent.close()
    #expect(agent.loss == nil)
  }

  /// What stands at the other end.
  struct Stranger: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var words: [String]
    var error: AgentError
    var complaints: String
  }

  @Test(arguments: [
    Stranger(testDescription: "a program that ends", words: ["true"], error: .lost, complaints: ""),
    Stranger(
      testDescription: "a program that complains",
      words: ["sh", "-c", "echo no such host >&2; exit 255"],
      error: .lost,
      complaints: "no such host\n"
    ),
    Stranger(
      testDescription: "a shell that greets",
      words: ["sh", "-c", "echo Welcome; cat >/dev/null 2>&1"],
      error: .stranger,
      complaints: ""
    ),
    Stranger(testDescription: "an echo", words: ["cat"], error: .malformed, complaints: ""),
    Stranger(
      testDescription: "an agent of another version",
      words: [
        "sh", "-c",
        #"printf '\030\0\0\0\002\0\0\0\010\0\0\0vfag\002\0\0\0\0\020\0\0\0\0@\0'; cat >/dev/null 2>&1"#,
      ],
      error: .refused(.greeting),
      complaints: ""
    ),
  ])
  func `whoever is no agent is told from one`(_ stranger: Stranger) throws {
    let stream = try LinuxProgram.start(stranger.words)
    let loss = #expect(throws: AgentLoss.self) { try RemoteAgent(over: stream) }
    #expect(loss?.error == stranger.error)
    #expect(loss.map { String(decoding: $0.complaints, as: UTF8.self) } == stranger.complaints)
  }

  @Test func `a program that is not there is not started`() {
    let error = #expect(throws: HostFileError.self) { try LinuxProgram.start(["no-such-program"]) }
    #expect(error == HostFileError(path: "no-such-program", reason: .absent))
  }

  @Test func `an answer cut at any byte loses the agent`() throws {
    // The greeting of an agent with pages of 64 KiB, as `hello` of vfio-agent.c writes it.
    let body: [UInt8] =
      [0, 0, 0, 0, 0, 0, 0, 0] + Array("vfag".utf8) + [1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x40, 0]
      + Array("ppc64le\0".utf8) + Array("6.12\0".utf8)
    let greeting = [UInt8(body.count), 0, 0, 0] + body
    let agent = try RemoteAgent(over: CannedStream(greeting))
    #expect(agent.pageSize == 65536)
    #expect(agent.architecture == "ppc64le")
    #expect(agent.release == "6.12")
    for length in greeting.indices {
      let loss = #expect(throws: AgentLoss.self) {
        try RemoteAgent(over: CannedStream(Array(greeting.prefix(length))))
      }
      #expect(loss?.error == .lost)
    }
    // Nothing comes after the greeting: from then on every door says so.
    var kernel = RemoteKernel(agent)
    let refused = #expect(throws: KernelError.self) { _ = try kernel.open(.container).relinquish() }
    #expect(refused == KernelError(.open, .lost))
    #expect(agent.loss.map { String(decoding: $0.complaints, as: UTF8.self) } == "canned")
    #expect(
      #expect(throws: HostFileError.self) { try RemoteFiles(agent).names(in: "/sys") }
        == HostFileError(path: "/sys", reason: .lost)
    )
    #expect(
      #expect(throws: HostWriteError.self) { try RemoteWrites(agent).sync("/run/vfioplan") }
        == HostWriteError(path: "/run/vfioplan", call: "fsync", errno: 32)
    )
    #expect(
      #expect(throws: HostFileError.self) { try RemoteProcesses(agent).remoteLogin() }?.reason == .lost
    )
  }

  @Test func `what an agent had open ends with its stream`() throws {
    let agent = try AgentProgram.start()
    var kernel = RemoteKernel(agent)
    let counter = try kernel.open(.eventfd)
    agent.close()
    let error = #expect(throws: KernelError.self) { try kernel.perform(.eventfdWrite(1), on: counter) }
    #expect(error == KernelError(.write, .lost))
    _ = counter.relinquish()
  }
}
