import Glibc
package import HostDoors

/// The machine this process runs on.
package struct LinuxMachine: Machine {
  package var console = LinuxConsole()
  package let files = LinuxUserFiles()
  package let clock = LinuxClock()
  package let workers = LinuxWorkers()
  package let host = LinuxFiles(root: "/")
  package let writes = LinuxWrites()
  package let processes = LinuxProcesses()
  package let keeper = LinuxKeeper()

  package init() {}

  package func tree(at folder: String) -> LinuxFiles { LinuxFiles(root: folder) }

  package func start(_ words: [String]) throws(HostFileError) -> LinuxProgram { try .start(words) }

  package func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// Ends the process.
  package static func end(_ status: Int32) -> Never { exit(status) }
}
