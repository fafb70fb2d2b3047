// core-calls calls GROUP ADDRESS ROUNDS: the sequence of Tests/Baselines/vfio-calls.c, made by the VFIO core.
// core-calls map-all GROUP BYTES ROUNDS: that of vfio-map-all.c.
// core-calls pairs GROUP PAIRS ROUNDS: that of vfio-pairs.c.
// Each prints the nanoseconds of each round, a line each.

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

/// Prints what each of some rounds takes, in nanoseconds.
func time(_ rounds: Int, _ round: () throws(KernelError) -> Void) throws(KernelError) {
  let clock = ContinuousClock()
  for _ in 0..<rounds {
    let start = clock.now
    try round()
    print(Int((clock.now - start) / .nanoseconds(1)))
  }
}

let words = CommandLine.arguments
guard words.count == 5, let number = UInt32(words[2]), let rounds = Int(words[4]) else { exit(2) }
let group = IOMMUGroupID(number)
var kernel = LinuxKernel()
do throws(KernelError) {
  switch (words[1], PCIAddress(words[3]), UInt64(words[3])) {
  case ("calls", let device?, _):
    let sequence = Sequence(group: group, device: device)
    let memory = try kernel.allocate(Sequence.size)
    try time(rounds) { () throws(KernelError) in try sequence.run(with: memory, in: &kernel) }
    try kernel.release(memory)
  case ("map-all", _, let size?): try mapAll(size, in: group, rounds, &kernel)
  case ("pairs", _, let pairs?): try mapAndUnmap(pairs, in: group, rounds, &kernel)
  default: exit(2)
  }
} catch {
  print(error)
  exit(1)
}
