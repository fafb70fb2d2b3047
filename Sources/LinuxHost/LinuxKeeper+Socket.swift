import CLinux
import Glibc
package import HostDoors

/// A socket at which descriptors are given away.
extension LinuxKeeper {
  package func serve(
    _ messages: [DescriptorMessage],
    at path: String,
    to users: [UInt32],
    isInputWatched: Bool,
    told: (SocketNews) -> Void
  ) throws(HostFileError) -> HoldEnd {
    let signals = try heed().file
    let input = isInputWatched ? LinuxKeeper.watchedInput : []
    let listener = try LinuxKeeper.listener(path, for: users)
    var isListening = true
    func stopListening() {
      guard isListening else { return }
      isListening = false
      close(listener)
      _ = unsafe unlink(path)
    }
    defer { stopListening() }
    told(.listening)
    var watch = DescriptorWatch([signals, listener] + input)
    var peer: Int32 = -1
    defer { if peer >= 0 { close(peer) } }
    while true {
      try watch.wait()
      if watch.isReady(signals), let end = LinuxKeeper.ending(signals) { return end }
      if !input.isEmpty, watch.isReady(STDIN_FILENO), LinuxKeeper.isAtEnd(STDIN_FILENO) { return .inputEnded }
      if peer >= 0 {
        if watch.isReady(peer), LinuxKeeper.isAtEnd(peer) { return .peerGone }
      } else if watch.isReady(listener), let came = LinuxKeeper.peer(at: listener, users, messages, told) {
        // One program has it: a second would be given the same memory and devices.
        peer = came
        stopListening()
        watch = DescriptorWatch([signals, came] + input)
      }
    }
  }

  /// A new socket at a path, for the users alone.
  private static func listener(_ path: String, for users: [UInt32]) throws(HostFileError) -> Int32 {
    var address = try LinuxKeeper.address(path)
    try removeDeadSocket(path, &address)
    let listener = socket(AF_UNIX, type, 0)
    guard listener >= 0 else { throw HostFileError(path: path, reason: LinuxFile.reason("socket")) }
    do throws(HostFileError) {
      // Who may not write to a socket cannot come to it; who it is, is asked all the same.
      let before = umask(0o177)
      let bound = unsafe withSocketAddress(&address) { unsafe bind(listener, $0, $1) }
      let number = errno
      umask(before)
      guard bound == 0 else {
        errno = number
        throw HostFileError(path: path, reason: number == EADDRINUSE ? .exists : LinuxFile.reason("bind"))
      }
      if let other = users.first(where: { $0 != geteuid() }), unsafe chown(path, other, gid_t.max) != 0 {
        let reason = LinuxFile.reason("chown")
        _ = unsafe unlink(path)
        throw HostFileError(path: path, reason: reason)
      }
      guard listen(listener, 8) == 0 else {
        let reason = LinuxFile.reason("listen")
        _ = unsafe unlink(path)
        throw HostFileError(path: path, reason: reason)
      }
      return listener
    } catch {
      close(listener)
      throw error
    }
  }

  /// Messages stay whole, and their descriptors with them.
  private static var type: Int32 { Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue) }

  /// Removes what a process that was killed has left: a socket nobody listens at.
  private static func removeDeadSocket(_ path: String, _ address: inout sockaddr_un) throws(HostFileError) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
    let probe = socket(AF_UNIX, type, 0)
    guard probe >= 0 else { throw HostFileError(path: path, reason: LinuxFile.reason("socket")) }
    defer { close(probe) }
    let answer = unsafe withSocketAddress(&address) { unsafe connect(probe, $0, $1) }
    if answer != 0, errno == ECONNREFUSED { _ = unsafe unlink(path) }
  }

  /// Takes whoever came and gives it everything, or nothing.
  private static func peer(
    at listener: Int32,
    _ users: [UInt32],
    _ messages: [DescriptorMessage],
    _ told: (SocketNews) -> Void
  ) -> Int32? {
    let came = vfioplan_accept(listener)
    guard came >= 0 else { return nil }
    var peer = SocketPeer(user: .max, pid: 0)
    guard unsafe vfioplan_peer(came, &peer.user, &peer.pid) == 0, users.contains(peer.user) else {
      told(.refused(peer))
      close(came)
      return nil
    }
    // A peer that does not read is not waited for for ever.
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    _ = unsafe setsockopt(came, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    for message in messages {
      guard send(message, to: came) else {
        told(.lost(peer))
        close(came)
        return nil
      }
    }
    told(.handedOver(peer))
    return came
  }

  /// Sends one message whole; false where the other end does not take it.
  package static func send(_ message: DescriptorMessage, to socket: Int32) -> Bool {
    while true {
      let sent = unsafe message.bytes.withUnsafeBytes { bytes in
        unsafe message.descriptors.withUnsafeBufferPointer { descriptors in
          unsafe vfioplan_send(
            socket,
            bytes.baseAddress,
            bytes.count,
            descriptors.baseAddress,
            descriptors.count
          )
        }
      }
      if sent < 0 && errno == EINTR { continue }
      return sent == message.bytes.count
    }
  }

  // MARK: Addresses

  private static func address(_ path: String) throws(HostFileError) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    // One place is for the zero at its end.
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw HostFileError(path: path, reason: .system(call: "bind", errno: ENAMETOOLONG))
    }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    return address
  }

  private static func withSocketAddress(
    _ address: inout sockaddr_un,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socket in
        unsafe body(socket, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
