// edu-dma GROUP ADDRESS: lets a device move bytes through a mapped range, and again after it was unmapped.
//
// A small program on the VFIOCore library. The device is QEMU's `edu` (QEMU, docs/specs/edu.rst), bound to vfio-pci.
// Prints `arrived` or `lost`, then `stopped` or `written`.

import Glibc
import LinuxVFIO
import VFIOCore
import VFIOTypes

let words = CommandLine.arguments
guard words.count == 3, let group = UInt32(words[1]), let address = PCIAddress(words[2]) else {
  print("usage: edu-dma GROUP ADDRESS")
  exit(2)
}
var kernel = LinuxKernel()
do throws(KernelError) {
  var container = try Container.open(in: &kernel)
  do throws(KernelError) {
    try withDevice(address, of: IOMMUGroupID(group), in: &container, &kernel)
  } catch {
    try? container.close(in: &kernel)
    throw error
  }
  try container.close(in: &kernel)
} catch {
  print(error)
  exit(1)
}

/// Opens the device by its group, and closes both whatever happens.
func withDevice(
  _ address: PCIAddress,
  of id: IOMMUGroupID,
  in container: inout Container,
  _ kernel: inout LinuxKernel
) throws(KernelError) {
  let group = try Group.open(id, in: &kernel)
  do throws(KernelError) {
    try group.attach(to: &container, in: &kernel)
    try container.setIOMMU(.type1v2, in: &kernel)
    let engine = try DMAEngine.open(group.openDevice(address, in: &kernel), in: &kernel)
    do throws(KernelError) {
      try moveBytes(with: engine, in: &container, &kernel)
    } catch {
      try? engine.close(in: &kernel)
      throw error
    }
    try engine.close(in: &kernel)
  } catch {
    try? group.close(in: &kernel)
    throw error
  }
  try group.close(in: &kernel)
}

/// Two pages: the device copies the first into itself and from there into the second.
func moveBytes(
  with engine: borrowing DMAEngine,
  in container: inout Container,
  _ kernel: inout LinuxKernel
) throws(KernelError) {
  let page = 4096
  let iova: UInt64 = 0x20_0000
  let pattern = [UInt8](repeating: 0x5a, count: page)
  let zeros = [UInt8](repeating: 0, count: page)
  let memory = try kernel.allocate(UInt64(2 * page))
  do throws(KernelError) {
    try kernel.fill(memory, at: 0, with: pattern)
    try container.map(memory, size: memory.size, at: iova, in: &kernel)
    try engine.take(page, from: iova, in: &kernel)
    try engine.give(page, to: iova + UInt64(page), in: &kernel)
    print(try kernel.bytes(of: memory, at: UInt64(page), count: page) == pattern ? "arrived" : "lost")

    try container.unmap(at: iova, size: memory.size, in: &kernel)
    try kernel.fill(memory, at: UInt64(page), with: zeros)
    try engine.give(page, to: iova + UInt64(page), in: &kernel)
    print(try kernel.bytes(of: memory, at: UInt64(page), count: page) == zeros ? "stopped" : "written")
  } catch {
    try? kernel.release(memory)
    throw error
  }
  try kernel.release(memory)
}
