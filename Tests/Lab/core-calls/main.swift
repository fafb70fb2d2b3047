// core-calls GROUP ADDRESS ROUNDS: the sequence of Tests/Baselines/vfio-calls.c, made by the VFIO core.
// Prints the nanoseconds of each round, a line each.

import Glibc
import LinuxVFIO
import VFIOCore
import VFIOTypes

/// One round on one group and one device of it.
struct Sequence {
  static let size: UInt64 = 1 << 12
  static let pairs: UInt64 = 93
  /// The configuration space: linux/vfio.h, VFIO_PCI_CONFIG_REGION_INDEX.
  static let configuration: UInt32 = 7

  var group: IOMMUGroupID
  var device: PCIAddress

  func run(with memory: borrowing Memory, in kernel: inout LinuxKernel) throws(KernelError) {
    var container = try Container.open(in: &kernel)
    do throws(KernelError) {
      guard try container.offers(.model(.type1v2), in: &kernel) else {
        throw KernelError(.checkExtension, .returned(0))
      }
      try useGroup(&container, memory, &kernel)
    } catch {
      try? container.close(in: &kernel)
      throw error
    }
    try container.close(in: &kernel)
  }

  private func useGroup(
    _ container: inout Container,
    _ memory: borrowing Memory,
    _ kernel: inout LinuxKernel
  ) throws(KernelError) {
    let group = try Group.open(group, in: &kernel)
    do throws(KernelError) {
      _ = try group.status(in: &kernel)
      try group.attach(to: &container, in: &kernel)
      try container.setIOMMU(.type1v2, in: &kernel)
      _ = try container.readInformation(in: &kernel)
      try useDevice(group, &container, memory, &kernel)
    } catch {
      try? group.close(in: &kernel)
      throw error
    }
    try group.close(in: &kernel)
  }

  private func useDevice(
    _ group: borrowing Group,
    _ container: inout Container,
    _ memory: borrowing Memory,
    _ kernel: inout LinuxKernel
  ) throws(KernelError) {
    let device = try group.openDevice(device, in: &kernel)
    do throws(KernelError) {
      _ = try device.readInformation(in: &kernel)
      _ = try device.region(Sequence.configuration, in: &kernel)
      for pair in 0..<Sequence.pairs {
        try container.map(memory, size: Sequence.size, at: pair * Sequence.size, in: &kernel)
        try container.unmap(at: pair * Sequence.size, size: Sequence.size, in: &kernel)
      }
    } catch {
      try? device.close(in: &kernel)
      throw error
    }
    try device.close(in: &kernel)
  }
}

let words = CommandLine.arguments
guard words.count == 4, let group = UInt32(words[1]), let device = PCIAddress(words[2]),
  let rounds = Int(words[3])
else { exit(2) }
let sequence = Sequence(group: IOMMUGroupID(group), device: device)
var kernel = LinuxKernel()
do throws(KernelError) {
  let memory = try kernel.allocate(Sequence.size)
  let clock = ContinuousClock()
  for _ in 0..<rounds {
    let start = clock.now
    try sequence.run(with: memory, in: &kernel)
    print(Int((clock.now - start) / .nanoseconds(1)))
  }
  try kernel.release(memory)
} catch {
  print(error)
  exit(1)
}
