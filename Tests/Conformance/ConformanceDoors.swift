package import VFIOCore

/// What rows need beside the requests of a kernel, each its own way by a real kernel and by the model.
///
/// What is nil cannot be asked of that kernel: such a row is answered `not understood`, and differs.
package struct ConformanceDoors<Asked: Kernel & ~Copyable & Sendable>: Sendable {
  /// Takes rights on a part of memory away from the process itself, as `mprotect` does.
  package typealias Protect =
    @Sendable (inout Asked, MemoryRange, DMAMapping.Access) throws(KernelError) -> Void
  /// Lets a device read the first bytes of memory from a bus address and write them a page further on, and says whether they
  /// arrived there.
  package typealias RoundTrip =
    @Sendable (inout Asked, DescriptorNumber, MemoryRange, UInt64) throws(KernelError) -> Bool
  /// Lets a device interrupt, and says whether the counter was told.
  package typealias Interrupt =
    @Sendable (inout Asked, DescriptorNumber, DescriptorNumber) throws(KernelError) -> Bool

  package var protect: Protect?
  package var roundTrip: RoundTrip
  package var interrupt: Interrupt

  /// The doors of a kernel with a real `edu` device behind it.
  package init(protect: Protect? = nil, byteOrder: EduEngine.ByteOrder = .little) {
    let engine = EduEngine(byteOrder: byteOrder)
    self.init(
      protect: protect,
      roundTrip: { (kernel, device, memory, iova) throws(KernelError) in
        try engine.roundTrip(of: memory, at: iova, by: device, in: &kernel)
      },
      interrupt: { (kernel, device, counter) throws(KernelError) in
        try engine.interrupt(counter, by: device, in: &kernel)
      }
    )
  }

  package init(protect: Protect?, roundTrip: @escaping RoundTrip, interrupt: @escaping Interrupt) {
    self.protect = protect
    self.roundTrip = roundTrip
    self.interrupt = interrupt
  }
}
