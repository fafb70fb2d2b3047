package import HostDoors

/// A live host whose drivers are changed: its files, what may be written there, and its processes.
package struct ChangeableHost: Sendable {
  package let files: any HostFiles
  package let writes: any HostWrites
  package let processes: any Processes

  package init(files: any HostFiles, writes: any HostWrites, processes: any Processes) {
    self.files = files
    self.writes = writes
    self.processes = processes
  }
}
