import VFIOCore
import VFIOTypes

/// The registers of QEMU's `edu` device, through the file of the device.
///
/// QEMU 7.2 docs/specs/edu.txt. The region is of the byte order of the machine's first processors: hw/misc/edu.c:
/// edu_mmio_ops has DEVICE_NATIVE_ENDIAN, and a POWER machine is big-endian there whatever its kernel is. The registers of the
/// engine are 64 bits wide and written at once.
package struct EduEngine: Sendable {
  /// In which order a register has its bytes.
  package enum ByteOrder: Sendable {
    case little, big
  }

  package var byteOrder: ByteOrder

  private enum Register: UInt64 {
    case interruptStatus = 0x24
    case raiseInterrupt = 0x60
    case acknowledgeInterrupt = 0x64
    case source = 0x80
    case destination = 0x88
    case count = 0x90
    case command = 0x98
  }

  /// Where the engine's own memory starts for it.
  private static let buffer: UInt64 = 0x4_0000
  private static let bytes = 256
  private static let page: UInt64 = 0x1000

  /// Lets the device read the first bytes of memory and write them a page further on.
  func roundTrip<K: Kernel & ~Copyable>(
    of memory: MemoryRange,
    at iova: UInt64,
    by device: DescriptorNumber,
    in kernel: inout K
  ) throws(KernelError) -> Bool {
    // Never the same bytes twice: what a transfer before left behind must not pass for an arrival.
    let pattern = (0..<EduEngine.bytes).map { _ in UInt8.random(in: 0...255) }
    try enable(device, in: &kernel)
    try kernel.fill(memory, at: 0, with: pattern)
    try kernel.fill(memory, at: EduEngine.page, with: [UInt8](repeating: 0, count: EduEngine.bytes))
    try transfer(from: iova, to: EduEngine.buffer, command: 1, device, in: &kernel)
    try transfer(from: EduEngine.buffer, to: iova + EduEngine.page, command: 3, device, in: &kernel)
    return try kernel.bytes(of: memory, at: EduEngine.page, count: EduEngine.bytes) == pattern
  }

  /// Lets the device interrupt, and takes the interrupt back.
  func interrupt<K: Kernel & ~Copyable>(
    _ counter: DescriptorNumber,
    by device: DescriptorNumber,
    in kernel: inout K
  ) throws(KernelError) -> Bool {
    try enable(device, in: &kernel)
    try write(1, wide: 4, to: .raiseInterrupt, device, in: &kernel)
    let reply = try kernel.perform(.eventfdRead(milliseconds: 1000), onNumber: counter)
    try write(1, wide: 4, to: .acknowledgeInterrupt, device, in: &kernel)
    guard case .value(let count) = reply else { return false }
    return count > 0
  }

  /// Switches memory space and bus mastering on in the command register of the configuration space, which is region 7.
  private func enable<K: Kernel & ~Copyable>(
    _ device: DescriptorNumber,
    in kernel: inout K
  ) throws(KernelError) {
    _ = try kernel.perform(.write(offset: 7 << 40 + 4, bytes: [6, 0]), onNumber: device)
  }

  private func transfer<K: Kernel & ~Copyable>(
    from source: UInt64,
    to destination: UInt64,
    command: UInt64,
    _ device: DescriptorNumber,
    in kernel: inout K
  ) throws(KernelError) {
    try write(source, wide: 8, to: .source, device, in: &kernel)
    try write(destination, wide: 8, to: .destination, device, in: &kernel)
    try write(UInt64(EduEngine.bytes), wide: 8, to: .count, device, in: &kernel)
    try write(command, wide: 8, to: .command, device, in: &kernel)
    // The engine takes a tenth of a second and keeps its first bit set for so long. A counter that nothing counts is what this
    // waits by, on whichever machine the kernel is.
    let clock = try kernel.open(.eventfd).relinquish()
    defer { try? kernel.close(Descriptor(adopting: clock)) }
    for _ in 0..<500 {
      let reply = try kernel.perform(.read(offset: Register.command.rawValue, count: 8), onNumber: device)
      guard case .bytes(let bytes) = reply else { return }
      if (byteOrder == .big ? bytes.last : bytes.first).map({ $0 & 1 == 0 }) ?? true { return }
      _ = try kernel.perform(.eventfdRead(milliseconds: 20), onNumber: clock)
    }
  }

  private func write<K: Kernel & ~Copyable>(
    _ value: UInt64,
    wide count: Int,
    to register: Register,
    _ device: DescriptorNumber,
    in kernel: inout K
  ) throws(KernelError) {
    let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    let bytes = byteOrder == .big ? little.reversed() : little
    _ = try kernel.perform(.write(offset: register.rawValue, bytes: bytes), onNumber: device)
  }
}

extension Kernel where Self: ~Copyable {
  fileprivate mutating func bytes(
    of part: MemoryRange,
    at offset: UInt64,
    count: Int
  ) throws(KernelError) -> [UInt8] {
    let memory = Memory(adopting: part.address, size: part.size, pageSize: 1)
    do throws(KernelError) {
      let bytes = try bytes(of: memory, at: offset, count: count)
      memory.relinquish()
      return bytes
    } catch {
      memory.relinquish()
      throw error
    }
  }

  fileprivate mutating func fill(_ part: MemoryRange, at offset: UInt64, with bytes: [UInt8])
    throws(KernelError)
  {
    let memory = Memory(adopting: part.address, size: part.size, pageSize: 1)
    do throws(KernelError) {
      try fill(memory, at: offset, with: bytes)
      memory.relinquish()
    } catch {
      memory.relinquish()
      throw error
    }
  }
}
