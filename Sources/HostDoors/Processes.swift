/// A process of the host.
package struct HostProcess: Hashable, Sendable, CustomStringConvertible {
  package var pid: Int32
  /// Its command name, at most fifteen bytes.
  package var name: String

  package init(pid: Int32, name: String) {
    self.pid = pid
    self.name = name
  }

  package var description: String { "\(name) (process \(pid))" }
}

/// A file that a process holds open.
package struct OpenDescriptor: Hashable, Sendable {
  package var process: HostProcess
  /// As the link in `/proc/PID/fd` reads: `/dev/vfio/14`, `anon_inode:[vfio-device]`.
  package var target: String

  package init(process: HostProcess, target: String) {
    self.process = process
    self.target = target
  }
}

/// The login from another machine that this process was started from.
package struct RemoteLogin: Hashable, Sendable {
  /// The address on this side.
  package var localAddress: String
  /// The network interface that has this address; nil where none was found.
  package var interface: String?

  package init(localAddress: String, interface: String?) {
    self.localAddress = localAddress
    self.interface = interface
  }
}

/// The processes of one host.
package protocol Processes: Sendable {
  /// What other processes hold open whose names begin so, by process number and then by name.
  ///
  /// Throws where a process did not let itself be looked at: then nobody knows, and that is not "none".
  func descriptors(beginning prefixes: [String]) throws(HostFileError) -> [OpenDescriptor]
  /// The login this process was started from; nil where it is a local one.
  func remoteLogin() throws(HostFileError) -> RemoteLogin?
}
