package import HostDoors
package import VFIOTypes

/// Reads a snapshot from the files of a host: a live one or a saved tree.
package enum SysfsReader {
  /// Everything the files say; a fact that cannot be read stays unknown.
  package static func snapshot(of files: any HostFiles) -> HostSnapshot {
    let host = HostText(files: files)
    var snapshot = HostSnapshot()
    snapshot.cpu = ProcessorFacts.read(host)
    snapshot.pageSize = KernelFacts.pageSize(host, snapshot.cpu.architecture)
    snapshot.kernel = KernelFacts.kernel(host)
    snapshot.modules = KernelFacts.modules(host)
    snapshot.iommus = IOMMUFacts.units(host)
    snapshot.interruptRemapping = IOMMUFacts.interruptRemapping(snapshot.iommus)
    snapshot.firmwareTables = IOMMUFacts.tables(host)
    snapshot.memory = MemoryFacts.nodes(host)
    snapshot.users = KernelFacts.users(host)
    snapshot.nodes = KernelFacts.nodes(host)
    let addresses = Set((host.names("/sys/bus/pci/devices") ?? []).compactMap { PCIAddress($0) }).sorted()
    snapshot.groups = GroupFacts.groups(host, addresses)
    IOMMUFacts.predictRanges(host, snapshot.iommus ?? [], &snapshot.groups)
    let uses = InUse.find(host)
    let hidden = InUseLook.hidden(host, addresses)
    snapshot.setDevices(
      addresses.map { address in
        var device = DeviceFacts.device(host, address)
        let found = Set((uses[address] ?? []).map(\.kind.rawValue))
        // A use that was found is a fact; that none was found is one where nothing was hidden.
        device.inUse =
          found.isEmpty && (hidden.contains(address) || InUseLook.hidesDisplay(device)) ? nil : found.sorted()
        return device
      }
    )
    snapshot.tce = POWERFacts.windows(host, addresses)
    return snapshot
  }

  /// The number of a function's IOMMU group in this boot; nil where it is in none.
  package static func groupNumber(of address: PCIAddress, in files: any HostFiles) -> IOMMUGroupID? {
    HostText(files: files).linkName("/sys/bus/pci/devices/\(address)/iommu_group")
      .flatMap { UInt32($0) }.map { IOMMUGroupID($0) }
  }

  /// The number of a function's own VFIO node; nil where it has none, being bound to no VFIO driver or the kernel making none.
  package static func deviceNode(of address: PCIAddress, in files: any HostFiles) -> UInt32? {
    HostText(files: files).names("/sys/bus/pci/devices/\(address)/vfio-dev")?.first { $0.hasPrefix("vfio") }
      .flatMap { UInt32($0.dropFirst(4)) }
  }

  /// The facts of one function, but for what it is used for; nil where there is none at the address.
  package static func device(at address: PCIAddress, of files: any HostFiles) -> HostDevice? {
    let host = HostText(files: files)
    guard host.exists("/sys/bus/pci/devices/\(address)") else { return nil }
    return DeviceFacts.device(host, address)
  }
}
