import CLinux
import Glibc
package import HostDoors
import Synchronization

/// Threads of this process; the only ones there are.
package struct LinuxWorkers: Workers {
  /// What the threads of one run share.
  private final class Board<Output: Sendable>: Sendable {
    /// The number that is made next.
    let next = Atomic<Int>(0)
    let isStopped = Atomic<Bool>(false)
    let outputs: Mutex<[Output?]>

    init(count: Int) { outputs = Mutex([Output?](repeating: nil, count: count)) }

    /// Makes one more; false where none is left.
    func advance(_ count: Int, _ make: @Sendable (Int) -> Output) -> Bool {
      guard !isStopped.load(ordering: .relaxed) else { return false }
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard number < count else { return false }
      let output = make(number)
      outputs.withLock { $0[number] = output }
      return true
    }

    /// Hands over what is ready, in order, from a number on; the number after the last one.
    func deliver(from first: Int, _ take: (Output) -> WorkDemand) -> Int {
      var number = first
      while !isStopped.load(ordering: .relaxed) {
        let ready = outputs.withLock { outputs -> Output? in
          guard number < outputs.count, let output = outputs[number] else { return nil }
          outputs[number] = nil
          return output
        }
        guard let ready else { break }
        number += 1
        if take(ready) == .stop { isStopped.store(true, ordering: .relaxed) }
      }
      return number
    }
  }

  /// What a thread is handed.
  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  package init() {}

  package var processors: Int { max(1, Int(vfioplan_usable_processors())) }

  package func run<Output: Sendable>(
    _ count: Int,
    jobs: Int,
    _ make: @Sendable (Int) -> Output,
    take: (Output) -> WorkDemand
  ) {
    guard min(jobs, count) > 1 else {
      for number in 0..<count where take(make(number)) == .stop { return }
      return
    }
    let board = Board<Output>(count: count)
    withoutActuallyEscaping(make) { make in
      let body = Body { while board.advance(count, make) {} }
      let threads = (1..<min(jobs, count)).compactMap { _ in LinuxWorkers.start(body) }
      // The caller's thread works too, and hands over between two pieces of work.
      var delivered = 0
      while board.advance(count, make) { delivered = board.deliver(from: delivered, take) }
      for thread in threads { pthread_join(thread, nil) }
      _ = board.deliver(from: delivered, take)
    }
  }

  /// A thread that runs a body; nil where the machine has no more threads, and then the others do its work.
  private static func start(_ body: Body) -> pthread_t? {
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(body).toOpaque()
    let status = unsafe pthread_create(&thread, nil, { unsafe LinuxWorkers.work($0) }, context)
    guard status == 0 else {
      unsafe Unmanaged<Body>.fromOpaque(context).release()
      return nil
    }
    return thread
  }

  private static func work(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
    return nil
  }
}
