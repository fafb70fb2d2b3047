import Glibc
import LinuxVFIO
import VFIOCore

/// The DMA engine of QEMU's `edu` device: one transfer at a time between a bus address and the device's own buffer, and interrupts on
/// demand.
///
/// Registers and their meaning: QEMU, docs/specs/edu.rst.
struct DMAEngine: ~Copyable {
  private enum Register: UInt64 {
    case raise = 0x60
    case acknowledge = 0x64
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

  /// Lets the device interrupt once by MSI.
  ///
  /// - Returns: how many interrupts came within a second.
  func interrupt(in kernel: inout LinuxKernel) throws(KernelError) -> UInt64 {
    guard let msi = try device.irq(1, in: &kernel) else {
      throw KernelError(.deviceGetIRQInfo, .malformed("that the device has no MSI"))
    }
    let counter = try EventCounter.make(in: &kernel)
    var count: UInt64 = 0
    let result = Result { () throws(KernelError) in
      try device.deliver(msi, to: [counter.number], in: &kernel)
      try write(1, bytes: 4, to: .raise, &kernel)
      count = try counter.wait(milliseconds: 1000, in: &kernel)
      try write(1, bytes: 4, to: .acknowledge, &kernel)
      try device.switchOff(msi, in: &kernel)
    }
    try counter.close(in: &kernel)
    try result.get()
    return count
  }

  /// Attaches the device, which is bound to an iommufd, to an address space.
  func attach(to ioas: inout IOAS, in kernel: inout LinuxKernel) throws(KernelError) {
    try device.attach(to: &ioas, in: &kernel)
  }

  /// Detaches the device from its address space.
  func detach(from ioas: inout IOAS, in kernel: inout LinuxKernel) throws(KernelError) {
    try device.detach(from: &ioas, in: &kernel)
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

  private func write(
    _ value: UInt64,
    bytes count: Int = 8,
    to register: Register,
    _ kernel: inout LinuxKernel
  ) throws(KernelError) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    try device.write(bytes, to: registers, at: register.rawValue, in: &kernel)
  }
}
