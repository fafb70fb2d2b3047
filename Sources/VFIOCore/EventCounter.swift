/// A counter that interrupts are delivered to: an eventfd.
///
/// The kernel holds on to a counter it delivers to, so that closing one here ends no delivery.
///
/// Source: eventfd(2); Linux 6.12 fs/eventfd.c.
public struct EventCounter: ~Copyable, Sendable {
  private let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// Makes a counter at 0.
  ///
  /// - Parameter kernel: the kernel whose devices are to deliver to it.
  /// - Returns: the counter.
  /// - Throws: `EMFILE` of a process with too many open files.
  public static func make(in kernel: inout some Kernel & ~Copyable) throws(KernelError) -> EventCounter {
    EventCounter(try kernel.open(.eventfd))
  }

  /// The number of its file, to name it to a device or another process.
  public var number: DescriptorNumber { descriptor.number }

  /// Waits for interrupts and takes what was counted.
  ///
  /// - Parameters:
  ///   - milliseconds: how long to wait where nothing was counted; 0 for not at all.
  ///   - kernel: the kernel to ask.
  /// - Returns: how many interrupts came since it was asked last; 0 where none came in time.
  /// - Throws: `EINTR` where a signal came first.
  public func wait(
    milliseconds: UInt32,
    in kernel: inout some Kernel & ~Copyable
  ) throws(KernelError) -> UInt64 {
    guard
      case .value(let count) = try kernel.perform(.eventfdRead(milliseconds: milliseconds), on: descriptor)
    else { throw KernelError.strange(.read) }
    return count
  }

  /// Counts once more: to act on interrupts that a device listens for.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: `EAGAIN` of a counter that is full.
  public func signal(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    _ = try kernel.perform(.eventfdWrite(1), on: descriptor)
  }

  /// Ends the counter here.
  ///
  /// - Parameter kernel: the kernel to ask.
  /// - Throws: what closing answered; the descriptor is gone all the same.
  public consuming func close(in kernel: inout some Kernel & ~Copyable) throws(KernelError) {
    try kernel.close(relinquish())
  }

  private consuming func relinquish() -> Descriptor { descriptor }
}
