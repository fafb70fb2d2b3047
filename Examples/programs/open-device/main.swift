// open-device 14 0000:01:00.0: opens a device of a group, says what it is, and lets it reach 2 MiB of memory for a moment.
import Glibc
import LinuxVFIO
import VFIOCore
import VFIOTypes

func describe(_ device: borrowing Device, _ kernel: inout LinuxKernel) throws(KernelError) {
  let info = try device.readInformation(in: &kernel)
  print("\(device.address): \(info.flags.contains(.reset) ? "can" : "cannot") be reset alone")
  for index in 0..<min(info.regions, 9) {
    guard let region = try device.region(index, in: &kernel), region.bytes > 0 else { continue }
    print("  region \(index): \(ByteCount(region.bytes).sentence)")
  }
  guard let configuration = try device.region(7, in: &kernel) else { return }
  print("  configuration starts with \(try device.read(configuration, at: 0, count: 4, in: &kernel))")
}

func map(_ container: inout Container, _ kernel: inout LinuxKernel) throws(KernelError) {
  let memory = try kernel.allocate(2 << 20)
  let result = Result { () throws(KernelError) in
    try container.map(memory, size: memory.size, at: 0x10_0000, in: &kernel)
    print("  mapped: \(container.mappings)")
    try container.unmap(at: 0x10_0000, size: memory.size, in: &kernel)
  }
  try kernel.release(memory)
  try result.get()
}

func use(_ group: borrowing Group, _ address: PCIAddress, _ kernel: inout LinuxKernel) throws(KernelError) {
  var container = try Container.open(in: &kernel)
  let result = Result { () throws(KernelError) in
    try group.attach(to: &container, in: &kernel)
    try container.setIOMMU(.type1v2, in: &kernel)
    print("bus addresses: \(try container.readInformation(in: &kernel).ranges ?? [])")
    let device = try group.openDevice(address, in: &kernel)
    let described = Result { () throws(KernelError) in
      try describe(device, &kernel)
      try map(&container, &kernel)
    }
    try device.close(in: &kernel)
    try described.get()
  }
  try container.close(in: &kernel)
  try result.get()
}

guard CommandLine.arguments.count == 3, let number = UInt32(CommandLine.arguments[1]),
  let address = PCIAddress(CommandLine.arguments[2])
else {
  print("usage: open-device GROUP ADDRESS")
  exit(2)
}
var kernel = LinuxKernel()
do throws(KernelError) {
  let group = try Group.open(IOMMUGroupID(number), in: &kernel)
  let result = Result { () throws(KernelError) in try use(group, address, &kernel) }
  try group.close(in: &kernel)
  try result.get()
} catch {
  print("open-device: \(error)")
  exit(1)
}
