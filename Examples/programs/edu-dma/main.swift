// edu-dma GROUP ADDRESS: lets a device move bytes through a mapped range, again after it was unmapped, and interrupt.
// edu-dma iommufd NUMBER ADDRESS: the same by the device's own node, /dev/vfio/devices/vfio<NUMBER>.
//
// A small program on the VFIOCore library. The device is QEMU's `edu` (QEMU, docs/specs/edu.rst), bound to vfio-pci.
// Prints `arrived` or `lost`, `stopped` or `written`, `interrupted` or `silent`.

import Glibc
import LinuxVFIO
import VFIOCore
import VFIOTypes

var kernel = LinuxKernel()
let words = CommandLine.arguments.dropFirst()
guard let number = words.dropLast().last.flatMap({ UInt32($0) }),
  let address = words.last.flatMap({ PCIAddress($0) }),
  words.count == 2 || words.count == 3 && words.first == "iommufd"
else {
  print("usage: edu-dma [iommufd] NUMBER ADDRESS")
  exit(2)
}
do throws(KernelError) {
  if words.count == 2 {
    try byGroup(IOMMUGroupID(number), address, &kernel)
  } else {
    try byNode(number, address, &kernel)
  }
} catch {
  print(error)
  exit(1)
}

/// Opens the device by its group, whose container has the mappings.
func byGroup(_ id: IOMMUGroupID, _ address: PCIAddress, _ kernel: inout LinuxKernel) throws(KernelError) {
  var container = try Container.open(in: &kernel)
  let result = Result { () throws(KernelError) in
    let group = try Group.open(id, in: &kernel)
    let result = Result { () throws(KernelError) in
      try group.attach(to: &container, in: &kernel)
      try container.setIOMMU(.type1v2, in: &kernel)
      let engine = try DMAEngine.open(group.openDevice(address, in: &kernel), in: &kernel)
      let result = Result { () throws(KernelError) in
        try moveBytes(with: engine, &kernel) { memory, iova, kernel throws(KernelError) in
          try container.map(memory, size: memory.size, at: iova, in: &kernel)
        } unmapping: { memory, iova, kernel throws(KernelError) in
          try container.unmap(at: iova, size: memory.size, in: &kernel)
        }
      }
      try engine.close(in: &kernel)
      try result.get()
    }
    try group.close(in: &kernel)
    try result.get()
  }
  try container.close(in: &kernel)
  try result.get()
}

/// Opens the device by its own node and binds it to an iommufd, whose address space has the mappings.
func byNode(_ number: UInt32, _ address: PCIAddress, _ kernel: inout LinuxKernel) throws(KernelError) {
  let iommufd = try IOMMUFD.open(in: &kernel)
  let result = Result { () throws(KernelError) in
    let device = try DeviceNode.open(number, at: address, in: &kernel).bind(to: iommufd, in: &kernel)
    let engine = try DMAEngine.open(device, in: &kernel)
    let result = Result { () throws(KernelError) in
      var ioas = try iommufd.makeIOAS(in: &kernel)
      let result = Result { () throws(KernelError) in
        try engine.attach(to: &ioas, in: &kernel)
        try moveBytes(with: engine, &kernel) { memory, iova, kernel throws(KernelError) in
          try ioas.map(memory, size: memory.size, at: iova, of: iommufd, in: &kernel)
        } unmapping: { memory, iova, kernel throws(KernelError) in
          try ioas.unmap(at: iova, size: memory.size, of: iommufd, in: &kernel)
        }
        try engine.detach(from: &ioas, in: &kernel)
      }
      try ioas.destroy(of: iommufd, in: &kernel)
      try result.get()
    }
    try engine.close(in: &kernel)
    try result.get()
  }
  try iommufd.close(in: &kernel)
  try result.get()
}

/// Two pages: the device copies the first into itself and from there into the second.
func moveBytes(
  with engine: borrowing DMAEngine,
  _ kernel: inout LinuxKernel,
  mapping map: (borrowing Memory, UInt64, inout LinuxKernel) throws(KernelError) -> Void,
  unmapping unmap: (borrowing Memory, UInt64, inout LinuxKernel) throws(KernelError) -> Void
) throws(KernelError) {
  let page = 4096
  let iova: UInt64 = 0x20_0000
  let pattern = [UInt8](repeating: 0x5a, count: page)
  let zeros = [UInt8](repeating: 0, count: page)
  let memory = try kernel.allocate(UInt64(2 * page))
  let result = Result { () throws(KernelError) in
    try kernel.fill(memory, at: 0, with: pattern)
    try map(memory, iova, &kernel)
    try engine.take(page, from: iova, in: &kernel)
    try engine.give(page, to: iova + UInt64(page), in: &kernel)
    print(try kernel.bytes(of: memory, at: UInt64(page), count: page) == pattern ? "arrived" : "lost")

    try unmap(memory, iova, &kernel)
    try kernel.fill(memory, at: UInt64(page), with: zeros)
    try engine.give(page, to: iova + UInt64(page), in: &kernel)
    print(try kernel.bytes(of: memory, at: UInt64(page), count: page) == zeros ? "stopped" : "written")
    print(try engine.interrupt(in: &kernel) == 1 ? "interrupted" : "silent")
  }
  try kernel.release(memory)
  try result.get()
}
