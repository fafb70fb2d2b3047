import CLinux
import Glibc
package import HostDoors

/// The processes of this machine, as `/proc` shows them.
package struct LinuxProcesses: Processes {
  private let procfs: String
  private let pid: Int32

  /// - Parameters:
  ///   - procfs: where the process file system is mounted.
  ///   - pid: the process that asks; its own descriptors are nobody else's.
  package init(procfs: String = "/proc", pid: Int32 = getpid()) {
    self.procfs = procfs
    self.pid = pid
  }

  package func descriptors(beginning prefixes: [String]) throws(HostFileError) -> [OpenDescriptor] {
    var found: [OpenDescriptor] = []
    let pids = try LinuxFile.names(in: procfs, shownAs: procfs).compactMap { Int32($0) }.sorted()
    for other in pids where other != pid {
      let folder = "\(procfs)/\(other)/fd"
      let names: [String]
      do throws(HostFileError) {
        names = try LinuxFile.names(in: folder, shownAs: folder)
      } catch {
        // A process may end while it is looked at, then it holds nothing.
        if error.reason == .absent || error.reason == .system(call: "opendir", errno: ESRCH) { continue }
        throw error
      }
      for name in names {
        guard let target = LinuxFile.target(ofLink: "\(folder)/\(name)"),
          prefixes.contains(where: { target.hasPrefix($0) })
        else { continue }
        found.append(
          OpenDescriptor(process: HostProcess(pid: other, name: self.name(of: other)), target: target)
        )
      }
    }
    return found
  }

  private func name(of pid: Int32) -> String { text("\(pid)/comm").map { String($0.dropLast()) } ?? "?" }

  private func text(_ path: String) -> String? {
    let path = "\(procfs)/\(path)"
    return (try? LinuxFile.read(path, limit: 1 << 22, shownAs: path)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  // MARK: The login

  package func remoteLogin() throws(HostFileError) -> RemoteLogin? {
    let line = ancestors()
    let told = line.lazy.compactMap { sessionAddress($0) }.first
    guard let address = told ?? line.lazy.compactMap({ daemonAddress($0) }).first else { return nil }
    return RemoteLogin(localAddress: address, interface: LinuxInterfaces.name(having: address))
  }

  /// This process, its parent, and so on to the first.
  private func ancestors() -> [Int32] {
    var line: [Int32] = []
    var next: Int32? = pid
    while let current = next, current > 0, !line.contains(current) {
      line.append(current)
      next = text("\(current)/status")?.split(separator: "\n").first { $0.hasPrefix("PPid:") }
        .flatMap { Int32($0.dropFirst(5).drop { $0 == "\t" || $0 == " " }) }
    }
    return line
  }

  /// The third word of `SSH_CONNECTION`: client address and port, server address and port.
  ///
  /// Asked of each ancestor, since `sudo` takes the variable from what it starts and keeps it itself.
  private func sessionAddress(_ pid: Int32) -> String? {
    text("\(pid)/environ")?.split(separator: "\0").first { $0.hasPrefix("SSH_CONNECTION=") }
      .map { $0.dropFirst("SSH_CONNECTION=".count).split(separator: " ") }
      .flatMap { $0.count == 4 ? String($0[2]) : nil }
  }

  /// The local address of a connection that an ancestor named as the SSH daemon holds, where the variable is gone.
  private func daemonAddress(_ pid: Int32) -> String? {
    guard name(of: pid).hasPrefix("sshd") else { return nil }
    let folder = "\(procfs)/\(pid)/fd"
    let sockets = ((try? LinuxFile.names(in: folder, shownAs: folder)) ?? []).compactMap { name in
      LinuxFile.target(ofLink: "\(folder)/\(name)").flatMap { target in
        target.hasPrefix("socket:[") ? String(target.dropFirst(8).dropLast()) : nil
      }
    }
    return SocketTable.localAddress(ofAny: Set(sockets), four: text("net/tcp"), six: text("net/tcp6"))
  }
}
