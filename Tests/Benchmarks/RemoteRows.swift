import CRoundTrip
import Glibc
import HostDoors
import LinuxHost
import RemoteHost
import VFIOCore

/// What it costs that the kernel is in another process: a typed request, its frame, the agent's call and the answer.
enum RemoteRows {
  private static let times = 2000

  static func roundTrip(_ place: Workplace) throws(BenchmarkError) -> [Row] {
    round_trip_share_processor()
    let agent: RemoteAgent
    do { agent = try RemoteAgent(over: LinuxProgram.start([place.agent()])) } catch {
      throw .notStarted("vfio-agent: \(error)")
    }
    defer { agent.close() }
    var kernel = RemoteKernel(agent)
    var peer: pid_t = 0
    let echo = unsafe round_trip_open(&peer)
    guard echo >= 0 else { throw .notStarted("the echo") }
    defer { round_trip_close(echo, peer) }
    var (ours, others): ([Double], [Double]) = ([], [])
    do throws(KernelError) {
      let counter = try kernel.open(.eventfd)
      for _ in 0..<31 {
        let start = Child.now()
        for _ in 0..<times { _ = try kernel.perform(.eventfdWrite(1), on: counter) }
        let middle = Child.now()
        // As many bytes there as a request of this kind has, and as many back.
        let done = round_trip_run(echo, times, 18, 18)
        others.append(Child.now() - middle)
        ours.append(middle - start)
        guard done == times else { throw KernelError(.write, .lost) }
      }
      try kernel.close(counter)
    } catch { throw .differs("\(error)") }
    let ratio = ours.median / others.median
    return [
      Row(
        name: "round trip of a typed request to the agent against a C echo over a socket pair",
        figure: "\(Row.ratio(ratio)) (\(Row.microseconds(ours.median / Double(times))) against "
          + "\(Row.microseconds(others.median / Double(times))))",
        bound: "2.00x",
        isReached: ratio <= 2
      )
    ]
  }
}
