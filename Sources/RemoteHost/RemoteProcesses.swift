package import HostDoors

/// The processes of the machine an agent runs on.
package struct RemoteProcesses: Processes {
  /// What the agent looks for, whoever asks: VFIO and our own lock.
  private static let known = [
    "/dev/vfio/", "/dev/iommu", "anon_inode:[vfio-device]", "anon_inode:[iommufd]", "/run/vfioplan/",
  ]

  private let agent: RemoteAgent

  /// The processes around an agent.
  package init(_ agent: RemoteAgent) { self.agent = agent }

  package func descriptors(beginning prefixes: [String]) throws(HostFileError) -> [OpenDescriptor] {
    // Of anything else nobody knows who holds it, which is not "nobody".
    for prefix in prefixes where !RemoteProcesses.known.contains(where: { prefix.hasPrefix($0) }) {
      throw HostFileError(path: prefix, reason: .denied)
    }
    do throws(AgentError) {
      var reply = try agent.ask(Frame(.holders))
      var found: [OpenDescriptor] = []
      while !reply.results.isEmpty {
        let pid = Int32(bitPattern: try reply.results.word())
        let process = HostProcess(pid: pid, name: try reply.results.text())
        found.append(OpenDescriptor(process: process, target: try reply.results.text()))
      }
      return found.filter { one in prefixes.contains { one.target.hasPrefix($0) } }
        .sorted { ($0.process.pid, $0.target) < ($1.process.pid, $1.target) }
    } catch { throw HostFileError(path: "/proc", reason: error.reason("opendir")) }
  }

  package func remoteLogin() throws(HostFileError) -> RemoteLogin? {
    do throws(AgentError) {
      var reply = try agent.ask(Frame(.login))
      let (address, interface) = (try reply.results.text(), try reply.results.text())
      guard !address.isEmpty else { return nil }
      return RemoteLogin(localAddress: address, interface: interface.isEmpty ? nil : interface)
    } catch { throw HostFileError(path: "/proc/self/environ", reason: error.reason("open")) }
  }
}
