import LinuxVFIO
import VFIOCore
import VFIOTypes

/// Maps the memory of a guest, half of it below 4 GiB and half above, in a container of its own in each round.
func mapAll(
  _ size: UInt64,
  in id: IOMMUGroupID,
  _ rounds: Int,
  _ kernel: inout LinuxKernel
) throws(KernelError) {
  let memory = try kernel.allocate(size, MemoryPages(hugePageSize: 2 << 20))
  var ram = GuestRAM()
  try ram.add(memory, size: size / 2, at: 0)
  try ram.add(memory, offset: size / 2, size: size / 2, at: 1 << 32)
  let group = try Group.open(id, in: &kernel)
  try time(rounds) { () throws(KernelError) in
    var containers = MapAllContainers(ram)
    try containers.attach(group, in: &kernel)
    try containers.detach(group, in: &kernel)
    try containers.close(in: &kernel)
  }
  try group.close(in: &kernel)
  try kernel.release(memory)
}

/// Maps and unmaps one page again and again in one container, as a guest does that programs its own IOMMU.
func mapAndUnmap(
  _ pairs: UInt64,
  in id: IOMMUGroupID,
  _ rounds: Int,
  _ kernel: inout LinuxKernel
) throws(KernelError) {
  let memory = try kernel.allocate(Sequence.size)
  var container = try Container.open(in: &kernel)
  let group = try Group.open(id, in: &kernel)
  try group.attach(to: &container, in: &kernel)
  try container.setIOMMU(.type1v2, in: &kernel)
  _ = try container.readInformation(in: &kernel)
  try time(rounds) { () throws(KernelError) in
    for pair in 0..<pairs {
      let iova = pair % 512 * Sequence.size
      try container.map(memory, size: Sequence.size, at: iova, in: &kernel)
      try container.unmap(at: iova, size: Sequence.size, in: &kernel)
    }
  }
  try group.close(in: &kernel)
  try container.close(in: &kernel)
  try kernel.release(memory)
}
