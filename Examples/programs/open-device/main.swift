// open-device GROUP ADDRESS: opens a device bound to vfio-pci and prints what it is and what its IOMMU offers.
//
//   open-device 14 0000:01:00.0
import Glibc
import LinuxVFIO
import VFIOCore
import VFIOTypes

func read(_ device: borrowing Device, _ kernel: inout LinuxKernel) throws(KernelError) {
  let info = try device.readInformation(in: &kernel)
  print("\(device.address): \(info.flags.contains(.reset) ? "can" : "cannot") be reset alone")
  for index in 0..<min(info.regions, 9) {
    guard let region = try device.region(index, in: &kernel), region.bytes > 0 else { continue }
    print("  region \(index): \(ByteCount(region.bytes).sentence)")
  }
  for index in 0..<min(info.irqs, 5) {
    guard let irq = try device.irq(index, in: &kernel), irq.count > 0 else { continue }
    print("  interrupt \(index): \(irq.count)")
  }
  guard let configuration = try device.region(7, in: &kernel) else { return }
  let ids = try device.read(configuration, at: 0, count: 4, in: &kernel).map { UInt64($0) }
  print(
    "  ids \(Hexadecimal.text(ids[1] << 8 | ids[0], digits: 4)):\(Hexadecimal.text(ids[3] << 8 | ids[2], digits: 4))"
  )
}

func use(_ group: borrowing Group, _ address: PCIAddress, _ kernel: inout LinuxKernel) throws(KernelError) {
  var container = try Container.open(in: &kernel)
  do throws(KernelError) {
    try group.attach(to: &container, in: &kernel)
    try container.setIOMMU(.type1v2, in: &kernel)
    let offer = try container.readInformation(in: &kernel)
    print("bus addresses: \((offer.ranges ?? []).map(\.description).joined(separator: ", "))")
    let device = try group.openDevice(address, in: &kernel)
    do throws(KernelError) {
      try read(device, &kernel)
    } catch {
      try? device.close(in: &kernel)
      throw error
    }
    try device.close(in: &kernel)
    try group.detach(from: &container, in: &kernel)
  } catch {
    try? container.close(in: &kernel)
    throw error
  }
  try container.close(in: &kernel)
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
  do throws(KernelError) {
    try use(group, address, &kernel)
  } catch {
    try? group.close(in: &kernel)
    throw error
  }
  try group.close(in: &kernel)
} catch {
  print("open-device: \(error)")
  exit(1)
}
