import Foundation
import HostDoors
import LinuxHost
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct LinuxKeeperTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "vfioplan-\(UUID())").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  private func file(_ name: String) -> String { "\(folder)/\(name)" }

  /// Opens a file that is there, closed on exec as everything of the program.
  private func opened(_ name: String) -> Int32 {
    #expect(FileManager.default.createFile(atPath: file(name), contents: Data(name.utf8)))
    return unsafe open(file(name), O_RDWR | O_CLOEXEC)
  }

  private func command(_ script: String, _ descriptors: [Int32], first: Int32) -> PassingCommand {
    PassingCommand(words: ["sh", "-c", script], descriptors: descriptors, first: first, lockedMemory: 0)
  }

  @Test func `a command has its descriptors at the numbers it was told, and none of the others`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let keeper = LinuxKeeper()
    let (a, b, secret) = (opened("a"), opened("b"), opened("secret"))
    defer { for descriptor in [a, b, secret] { close(descriptor) } }
    let first = keeper.freeNumbers(2)
    let script = """
      readlink /proc/self/fd/\(first) > \(file("seen"))
      readlink /proc/self/fd/\(first + 1) >> \(file("seen"))
      ls -l /proc/self/fd | grep -c secret >> \(file("seen"))
      exit 5
      """
    var isRunning = false
    // The second before the first: each stands where the other is to go.
    let end = try keeper.run(command(script, [b, a], first: first)) { isRunning = true }
    #expect(end == .exited(5))
    #expect(isRunning)
    #expect(try String(contentsOfFile: file("seen"), encoding: .utf8) == "\(file("b"))\n\(file("a"))\n0\n")
  }

  @Test func `numbers that go to every child are left alone`() {
    let keeper = LinuxKeeper()
    // A free number: what else is open in this process is other tests' own.
    let left = fcntl(STDERR_FILENO, F_DUPFD, keeper.freeNumbers(1))
    defer { close(left) }
    let first = keeper.freeNumbers(40)
    #expect(left >= 3)
    #expect(!(first..<first + 40).contains(left))
  }

  @Test func `a command that is killed is told apart, and one that is not there is said`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let keeper = LinuxKeeper()
    #expect(try keeper.run(command("kill -9 $$", [], first: 3)) {} == .killed(9))
    let absent = PassingCommand(words: ["no-such-command"], descriptors: [], first: 3, lockedMemory: 0)
    #expect(throws: HostFileError(path: "no-such-command", reason: .absent)) { try keeper.run(absent) {} }
  }

  // MARK: Sockets

  @Test func `a program at the socket gets bytes and descriptors, and its end is the end`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = file("socket")
    let shared = opened("shared")
    defer { close(shared) }
    // What a process that was killed has left.
    let dead = try #require(UnixSocket(path, isListening: true))
    dead.end()
    #expect(FileManager.default.fileExists(atPath: path))
    let news = Mutex<[SocketNews]>([])
    let end = Mutex<HoldEnd?>(nil)
    let messages = [
      DescriptorMessage(bytes: Array("first".utf8), descriptors: [shared]),
      DescriptorMessage(bytes: Array("last".utf8), descriptors: []),
    ]
    let thread = Thread {
      let ended = try? LinuxKeeper().serve(messages, at: path, to: [getuid()], isInputWatched: false) { one in
        news.withLock { $0.append(one) }
      }
      end.withLock { $0 = ended }
    }
    thread.start()
    while news.withLock({ $0.isEmpty }) { usleep(1000) }
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    let peer = try #require(UnixSocket(path, isListening: false))
    let first = peer.receive()
    #expect(first.bytes == Array("first".utf8))
    let given = try #require(first.descriptors.first)
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(given)") == file("shared")
    )
    close(given)
    #expect(peer.receive() == DescriptorMessage(bytes: Array("last".utf8), descriptors: []))
    // One has it: there is no second.
    while FileManager.default.fileExists(atPath: path) { usleep(1000) }
    #expect(UnixSocket(path, isListening: false) == nil)
    peer.end()
    while end.withLock({ $0 == nil }) { usleep(1000) }
    #expect(end.withLock { $0 } == .peerGone)
    #expect(news.withLock { $0 } == [.listening, .handedOver(SocketPeer(user: getuid(), pid: getpid()))])
  }

  @Test func `something that stands at the path is left there`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    close(opened("taken"))
    #expect(throws: HostFileError(path: file("taken"), reason: .exists)) {
      try LinuxKeeper().serve([], at: file("taken"), to: [getuid()], isInputWatched: false) { _ in }
    }
    #expect(try String(contentsOfFile: file("taken"), encoding: .utf8) == "taken")
  }

  @Test func `messages and descriptors go through a socket pair whole`() {
    var ends: [Int32] = [-1, -1]
    let made = unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends)
    #expect(made == 0)
    let (near, far) = (ends[0], UnixSocket(adopting: ends[1]))
    let files = (0..<250).map { _ in dup(STDERR_FILENO) }
    defer { for file in files + [near] { close(file) } }
    let sent = DescriptorMessage(bytes: Array(repeating: 7, count: 40_000), descriptors: files)
    #expect(LinuxKeeper.send(sent, to: near))
    let received = far.receive()
    #expect(received.bytes == sent.bytes)
    #expect(received.descriptors.count == 250)
    for descriptor in received.descriptors { close(descriptor) }
    far.end()
    #expect(!LinuxKeeper.send(sent, to: near))
  }
}

/// The other end of a socket, as another program has it.
private struct UnixSocket {
  private let number: Int32

  init(adopting number: Int32) { self.number = number }

  /// Comes to a socket, or listens at one; nil where that is refused.
  init?(_ path: String, isListening: Bool) {
    number = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
    let number = number
    let answer = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return isListening ? unsafe bind(number, place, size) : unsafe connect(number, place, size)
      }
    }
    if answer != 0 || (isListening && listen(number, 1) != 0) {
      close(number)
      return nil
    }
  }

  func end() { close(number) }

  /// The next message with the descriptors in it.
  func receive() -> DescriptorMessage {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    var control = [UInt8](repeating: 0, count: 4096)
    let head = MemoryLayout<cmsghdr>.size
    return unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe control.withUnsafeMutableBytes { room in
        var part = unsafe iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
        return unsafe withUnsafeMutablePointer(to: &part) { part in
          var message = unsafe msghdr()
          unsafe message.msg_iov = part
          unsafe message.msg_iovlen = 1
          unsafe message.msg_control = room.baseAddress
          unsafe message.msg_controllen = room.count
          let count = unsafe recvmsg(number, &message, Int32(MSG_CMSG_CLOEXEC))
          var descriptors: [Int32] = []
          if unsafe message.msg_controllen > head {
            let header = unsafe room.load(as: cmsghdr.self)
            for place in stride(from: head, to: Int(header.cmsg_len), by: 4) {
              descriptors.append(unsafe room.load(fromByteOffset: place, as: Int32.self))
            }
          }
          return unsafe DescriptorMessage(
            bytes: Array(buffer.prefix(max(0, count))),
            descriptors: descriptors
          )
        }
      }
    }
  }
}
