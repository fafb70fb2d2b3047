import Diagnostics
import HostDoors

/// One process at a time changes a host.
enum HostLock {
  /// Runs the body under the host's lock, or reports why it could not be had.
  static func run(_ host: ChangeableHost, folder: String, _ body: () -> ChangeReport) -> ChangeReport {
    let path = "\(folder)/lock"
    do throws(HostWriteError) {
      if (try? host.files.status(folder)) == nil { try host.writes.createFolder(folder) }
    } catch {
      return failed(path, error)
    }
    do throws(HostLockError) {
      return try host.writes.withLock(path, body)
    } catch {
      switch error {
      case .failed(let error): return failed(path, error)
      case .held:
        return ChangeReport(.locked, [held(path, host)])
      }
    }
  }

  private static func held(_ path: String, _ host: ChangeableHost) -> Diagnostic {
    // Whoever has the file open waits for the lock or has it; not knowing who is no reason not to say that it is held.
    let holders = (try? host.processes.descriptors(beginning: [path])) ?? []
    return ChangeRule.lockHeld.finding(
      "another process is changing this host",
      at: nil,
      facts: ["\(path) is locked"] + holders.map { "open in \($0.process)" },
      help: ["try again when it has ended"]
    )
  }

  private static func failed(_ path: String, _ error: HostWriteError) -> ChangeReport {
    let finding = ChangeRule.kernelRefused.finding(
      "the lock '\(path)' cannot be had",
      at: nil,
      facts: [error.fact],
      help: error.errno == 1 || error.errno == 13 ? ["run as root"] : []
    )
    return ChangeReport(.failedAndRestored, [finding])
  }
}
