import Glibc
import LinuxVFIO
import VFIOCore

/// The DMA engine of QEMU's `edu` device: one transfer at a time between a bus address and the device's own buffer.
///
/// Registers and their meaning: QEMU, docs/specs/edu.rst.
struct DMAEngine: ~Copyable {
  private enum Register: UInt64 {
    case source = 0x80
    case destination = 0x88
    case count = 0x90
    case command = 0x98
  }

  private static let buffer: UInt64 = 0x4_0000
  private static let run: UInt64 = 1
  private static let fromDevice: UInt64 = 2

  private let device: Device
  private let registers: RegionInfo

  private init(_ device: consuming Device, _ registers: RegionInfo) {
    self.device = device
    self.registers = registers
  }

  /// Takes over an open device and lets it be a bus master.
  static func open(
    _ device: consuming Device,
    in kernel: inout LinuxKernel
  ) throws(KernelError) -> DMAEngine {
    do throws(KernelError) {
      guard let registers = try device.region(0, in: &kernel),
        let configuration = try device.region(7, in: &kernel)
      else { throw KernelError(.deviceGetRegionInfo, .malformed("that the device has no registers")) }
      // The command register of every PCI function: memory accesses, bus master.
      try device.write([0x06, 0x00], to: configuration, at: 4, in: &kernel)
      return DMAEngine(device, registers)
    } catch {
      try? device.close(in: &kernel)
      throw error
    }
  }

  /// Copies bytes from a bus address into the device.
  func take(_ count: Int, from iova: UInt64, in kernel: inout LinuxKernel) throws(KernelError) {
    try transfer(count, from: iova, to: DMAEngine.buffer, DMAEngine.run, &kernel)
  }

  /// Copies bytes from the device to a bus address.
  func give(_ count: Int, to iova: UInt64, in kernel: inout LinuxKernel) throws(KernelError) {
    try transfer(count, from: DMAEngine.buffer, to: iova, DMAEngine.run | DMAEngine.fromDevice, &kernel)
  }

  /// Ends the device.
  consuming func close(in kernel: inout LinuxKernel) throws(KernelError) {
    try relinquish().close(in: &kernel)
  }

  private consuming func relinquish() -> Device { device }

  /// Starts a transfer and waits for its end, which the device tells by clearing the bit that started it.
  private func transfer(
    _ count: Int,
    from source: UInt64,
    to destination: UInt64,
    _ command: UInt64,
    _ kernel: inout LinuxKernel
  ) throws(KernelError) {
    try write(source, to: .source, &kernel)
    try write(destination, to: .destination, &kernel)
    try write(UInt64(count), to: .count, &kernel)
    try write(command, to: .command, &kernel)
    for _ in 0..<500 {
      let bytes = try device.read(registers, at: Register.command.rawValue, count: 8, in: &kernel)
      if bytes[0] & UInt8(DMAEngine.run) == 0 { return }
      usleep(10_000)
    }
    throw KernelError(.pread, .malformed("that a transfer is still running after 5 s"))
  }

  private func write(_ value: UInt64, to register: Register, _ kernel: inout LinuxKernel) throws(KernelError)
  {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    try device.write(bytes, to: registers, at: register.rawValue, in: &kernel)
  }
}
