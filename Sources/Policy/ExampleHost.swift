package import HostInventory
import VFIOTypes

/// Small made-up hosts that rules' examples are read against.
package enum ExampleHost: String, Hashable, Sendable, CaseIterable {
  /// No host is looked at.
  case none
  /// An x86 server with VT-d: a GPU of two functions in one group, a NIC, an NVMe disk, two NIC functions in one group,
  /// a PCI bridge, two virtual functions of one parent.
  case x86
  /// The same, with a disk and a NIC that share their groups with the port above them and functions without a driver.
  case x86SharedGroup = "x86-shared-group"
  /// The same as the first without an active IOMMU.
  case x86NoIOMMU = "x86-no-iommu"
  /// The same whose VFIO is allowed to do without, with two functions bound to it.
  case x86NoIOMMUMode = "x86-no-iommu-mode"
  /// An ARM server with SMMUv3: a NIC of two functions in one group, a NIC, an NVMe disk, two virtual functions.
  case arm
  /// Bare POWER9: two NICs on host bridges of their own, a NIC of two functions in one group.
  case powernv
  /// A PowerVM partition with the same devices, and a virtual function.
  case pseries
  /// A partition whose kernel oopses when two groups meet in a container.
  case pseriesUnfixed = "pseries-6.11"
  /// A partition whose host bridge of domain 4 offers no dynamic windows.
  case pseriesNoDDW = "pseries-no-ddw"
  /// A POWER host whose sPAPR module is not loaded.
  case powernvNoModule = "powernv-no-module"

  /// Bare POWER9 whose NIC and disk are near to node 0 and 1.
  case powernvNUMA = "powernv-numa"
  /// Bare POWER9 with large BARs: a NIC with 1 GiB of 32-bit, a disk with 1 TiB of 64-bit ones.
  case powernvBARs = "powernv-bars"

  /// The host's facts; nil for none.
  package var snapshot: HostSnapshot? {
    switch self {
    case .none: nil
    case .x86: ExampleHostBuilder.x86()
    case .x86SharedGroup: ExampleHostBuilder.x86SharedGroup()
    case .x86NoIOMMU: ExampleHostBuilder.x86NoIOMMU()
    case .x86NoIOMMUMode: ExampleHostBuilder.x86NoIOMMUMode()
    case .arm: ExampleHostBuilder.arm()
    case .powernv: ExampleHostBuilder.power(platform: "PowerNV", release: "6.12.107", isModuleLoaded: true)
    case .pseries: ExampleHostBuilder.power(platform: "pSeries", release: "6.14.0", isModuleLoaded: true)
    case .pseriesUnfixed:
      ExampleHostBuilder.power(platform: "pSeries", release: "6.11.0", isModuleLoaded: true)
    case .pseriesNoDDW: ExampleHostBuilder.powerNoDDW()
    case .powernvNoModule:
      ExampleHostBuilder.power(platform: "PowerNV", release: "6.12.107", isModuleLoaded: false)
    case .powernvNUMA: ExampleHostBuilder.powerNUMA()
    case .powernvBARs: ExampleHostBuilder.powerBARs()
    }
  }

  /// The machine an example's guest has where it names none.
  package var machine: String {
    switch self {
    case .none, .x86, .x86SharedGroup, .x86NoIOMMU, .x86NoIOMMUMode: "q35"
    case .arm: "virt"
    case .powernv, .pseries, .pseriesUnfixed, .pseriesNoDDW, .powernvNoModule, .powernvNUMA, .powernvBARs:
      "pseries"
    }
  }
}

/// Builds the example hosts.
enum ExampleHostBuilder {
  /// A function in one line: address, ids, class, driver, and the number of its group.
  private struct Function {
    var address: String
    var ids: String
    var classCode: String
    var driver: String
    var group: Int?
    var physicalFunction: String?
  }

  private static func function(
    _ address: String,
    _ ids: String,
    _ classCode: String,
    _ driver: String,
    group: Int?,
    of parent: String? = nil
  ) -> Function {
    Function(
      address: address,
      ids: ids,
      classCode: classCode,
      driver: driver,
      group: group,
      physicalFunction: parent
    )
  }

  static func x86() -> HostSnapshot {
    var host = snapshot([
      function("0000:00:01.0", "8086:4c01", "060400", "pcieport", group: 1),
      function("0000:01:00.0", "10de:2684", "030000", "vfio-pci", group: 2),
      function("0000:01:00.1", "10de:22ba", "040300", "vfio-pci", group: 2),
      function("0000:02:00.0", "15b3:1017", "020000", "mlx5_core", group: 3),
      function("0000:03:00.0", "144d:a80a", "010802", "nvme", group: 4),
      function("0000:04:00.0", "8086:1521", "020000", "igb", group: 5),
      function("0000:04:00.1", "8086:1521", "020000", "igb", group: 5),
      function("0000:05:00.0", "8086:1572", "020000", "i40e", group: 6),
      function("0000:05:02.0", "8086:154c", "020000", "none", group: 7, of: "0000:05:00.0"),
      function("0000:05:02.1", "8086:154c", "020000", "none", group: 8, of: "0000:05:00.0"),
      function("0000:06:00.0", "144d:a80a", "010802", "nvme", group: nil),
    ])
    var devices = host.devices
    for index in devices.indices where devices[index].address == PCIAddress("0000:05:00.0") {
      devices[index].sriov = .init(total: 64, current: 2)
    }
    host.setDevices(devices)
    host.cpu.architecture = .x86
    host.cpu.vendor = "GenuineIntel"
    host.cpu.physicalBits = 46
    host.pageSize = 4096
    host.kernel.release = "6.12.107"
    host.modules = ["iommufd", "vfio", "vfio_iommu_type1", "vfio_pci"].map { .init(name: $0, isLoaded: true) }
    host.iommus = [.init(name: "dmar0", kind: .intel)]
    host.memory = [node(0, free: 64, huge: 16)]
    host.users = [user(memlock: .bytes(48 << 30))]
    let ranges = [
      IOVARange(start: 0, last: 0xfedf_ffff), IOVARange(start: 0xfef0_0000, last: 0xffff_ffff_ffff),
    ]
    for index in (host.groups ?? []).indices {
      host.groups?[index].reservedRegions = [
        .init(range: IOVARange(start: 0xfee0_0000, last: 0xfeef_ffff), kind: .msi)
      ]
      host.groups?[index].iovaRanges = .init(
        ranges: ranges,
        pageSizes: PageSizes(mask: 0x4020_1000),
        source: .predicted
      )
    }
    return host
  }

  /// Group 7 holds a port, a disk and a function without a driver; group 8 the same with one on its host driver.
  static func x86SharedGroup() -> HostSnapshot {
    let functions = [
      function("0000:00:1c.0", "8086:a33c", "060400", "pcieport", group: 7),
      function("0000:07:00.0", "144d:a80a", "010802", "vfio-pci", group: 7),
      function("0000:07:00.1", "144d:a80b", "010802", "none", group: 7),
      function("0000:00:1d.0", "8086:a330", "060400", "pcieport", group: 8),
      function("0000:08:00.0", "8086:1521", "020000", "igb", group: 8),
      function("0000:08:00.1", "8086:1521", "020000", "igb", group: 8),
      function("0000:08:00.2", "8086:1521", "020000", "none", group: 8),
    ]
    let shared = snapshot(functions)
    var host = x86()
    host.groups = (host.groups ?? []) + (shared.groups ?? [])
    host.setDevices(host.devices + shared.devices)
    return host
  }

  static func x86NoIOMMU() -> HostSnapshot {
    var host = x86()
    var devices = host.devices
    for index in devices.indices where devices[index].driver?.name == "vfio-pci" {
      devices[index].driver = .bound("nouveau")
      devices[index].isOnVFIODriver = false
    }
    host.groups = []
    host.iommus = []
    host.setDevices(devices)
    return host
  }

  static func x86NoIOMMUMode() -> HostSnapshot {
    var host = x86NoIOMMU()
    var devices = host.devices
    var groups: [HostGroup] = []
    for index in devices.indices where ["0000:02:00.0", "0000:03:00.0"].contains("\(devices[index].address)")
    {
      devices[index].driver = .bound("vfio-pci")
      devices[index].isOnVFIODriver = true
      var group = HostGroup(members: [devices[index].address])
      group.name = "vfio-noiommu"
      groups.append(group)
    }
    host.groups = groups
    host.setDevices(devices)
    return host
  }

  static func arm() -> HostSnapshot {
    var host = snapshot([
      function("0000:00:00.0", "1def:e100", "060400", "pcieport", group: 1),
      function("0000:01:00.0", "15b3:101d", "020000", "mlx5_core", group: 2),
      function("0000:01:00.1", "15b3:101d", "020000", "mlx5_core", group: 2),
      function("0001:01:00.0", "8086:1592", "020000", "ice", group: 3),
      function("0001:01:01.0", "8086:1889", "020000", "none", group: 4, of: "0001:01:00.0"),
      function("0001:01:01.1", "8086:1889", "020000", "none", group: 5, of: "0001:01:00.0"),
      function("0002:01:00.0", "144d:a80a", "010802", "nvme", group: 6),
      function("0003:01:00.0", "15b3:1017", "020000", "mlx5_core", group: 7),
    ])
    var devices = host.devices
    for index in devices.indices where devices[index].address == PCIAddress("0001:01:00.0") {
      devices[index].sriov = .init(total: 64, current: 2)
    }
    host.setDevices(devices)
    host.cpu.architecture = .arm
    host.cpu.physicalBits = 48
    host.pageSize = 4096
    host.kernel.release = "6.12.107"
    host.modules = ["iommufd", "vfio", "vfio_iommu_type1", "vfio_pci"].map { .init(name: $0, isLoaded: true) }
    host.iommus = [.init(name: "smmu3.0x0000000100000000", kind: .smmuv3)]
    host.memory = [node(0, free: 128, huge: 16)]
    host.users = [user(memlock: .bytes(64 << 30))]
    // The window for MSI doorbells: Linux 6.12, drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c: MSI_IOVA_BASE.
    let doorbell = IOVARange(start: 0x800_0000, last: 0x80f_ffff)
    let ranges = [
      IOVARange(start: 0, last: 0x7ff_ffff), IOVARange(start: 0x810_0000, last: 0xffff_ffff_ffff),
    ]
    for index in (host.groups ?? []).indices {
      host.groups?[index].reservedRegions = [.init(range: doorbell, kind: .msi)]
      host.groups?[index].iovaRanges = .init(
        ranges: ranges,
        pageSizes: PageSizes(mask: 0x4020_1000),
        source: .predicted
      )
    }
    return host
  }

  static func power(platform: String, release: String, isModuleLoaded: Bool) -> HostSnapshot {
    var host = snapshot([
      function("0001:01:00.0", "15b3:1017", "020000", "mlx5_core", group: 1),
      function("0001:01:00.1", "15b3:1017", "020000", "mlx5_core", group: 1),
      function("0002:01:00.0", "14e4:1657", "020000", "tg3", group: 2),
      function("0003:01:00.0", "144d:a822", "010802", "nvme", group: 3),
      function("0004:01:00.2", "15b3:1018", "020000", "none", group: 4, of: "0004:01:00.0"),
    ])
    host.cpu.architecture = .power
    host.cpu.platform = platform
    host.cpu.model = "POWER9"
    host.pageSize = 65536
    host.kernel.release = release
    host.modules = [
      .init(name: "vfio", isLoaded: true), .init(name: "vfio_iommu_spapr_tce", isLoaded: isModuleLoaded),
      .init(name: "vfio_pci", isLoaded: true),
    ]
    host.tce = (1...4).map { domain in
      var tce = HostSnapshot.TCE(domain: UInt32(domain))
      tce.dma32Start = 0
      tce.dma32Size = platform == "PowerNV" ? 2 << 30 : 1 << 30
      tce.pageSizes = PageSizes(mask: platform == "PowerNV" ? 0x4021_1000 : 0x0121_1000)
      tce.levels = platform == "PowerNV" ? 5 : 1
      tce.windows = 2
      tce.offersDDW = true
      return tce
    }
    host.memory = [node(0, free: 256, huge: 0)]
    host.users = [user(memlock: .bytes(128 << 30))]
    return host
  }

  static func powerNoDDW() -> HostSnapshot {
    var host = power(platform: "pSeries", release: "6.14.0", isModuleLoaded: true)
    for index in host.tce.indices where host.tce[index].domain == 4 {
      host.tce[index].offersDDW = false
      host.tce[index].windows = 1
    }
    return host
  }

  static func powerNUMA() -> HostSnapshot {
    var host = power(platform: "PowerNV", release: "6.12.107", isModuleLoaded: true)
    var devices = host.devices
    for index in devices.indices { devices[index].numa = devices[index].address.domain == 3 ? 1 : 0 }
    host.setDevices(devices)
    return host
  }

  static func powerBARs() -> HostSnapshot {
    var host = power(platform: "PowerNV", release: "6.12.107", isModuleLoaded: true)
    var devices = host.devices
    for index in devices.indices {
      switch devices[index].address.domain {
      case 2:
        devices[index].bars = [
          .init(index: 0, size: 1 << 30, isIO: false, is64Bit: false, isPrefetchable: false)
        ]
      case 3:
        devices[index].bars = [
          .init(index: 0, size: 1 << 40, isIO: false, is64Bit: true, isPrefetchable: true)
        ]
      default: break
      }
    }
    host.setDevices(devices)
    return host
  }

  private static func snapshot(_ functions: [Function]) -> HostSnapshot {
    var host = HostSnapshot()
    var groups: [Int: [PCIAddress]] = [:]
    var devices: [HostDevice] = []
    for function in functions {
      guard let address = PCIAddress(function.address) else { continue }
      var device = HostDevice(address: address)
      let ids = function.ids.split(separator: ":").map(String.init)
      device.identity = .init(
        vendor: ids[0],
        device: ids[1],
        subvendor: nil,
        subdevice: nil,
        classCode: function.classCode
      )
      device.headerType = function.classCode == "060400" ? 1 : 0
      device.isExpress = true
      device.driver = function.driver == "none" ? HostDevice.Driver.none : .bound(function.driver)
      device.isOnVFIODriver = function.driver == "vfio-pci"
      device.physicalFunction = function.physicalFunction.flatMap { PCIAddress($0) }
      device.resetMethods = ["flr", "bus"]
      device.bars = []
      device.inUse = []
      devices.append(device)
      if let group = function.group { groups[group, default: []].append(address) }
    }
    host.groups = groups.sorted { $0.key < $1.key }.map { HostGroup(members: $0.value.sorted()) }
    host.setDevices(devices)
    return host
  }

  private static func node(_ number: Int, free: UInt64, huge: UInt64) -> HostSnapshot.MemoryNode {
    var node = HostSnapshot.MemoryNode(number: number)
    node.total = free * 2 << 30
    node.free = free << 30
    node.hugePages = [
      .init(size: 2 << 20, total: 1024, free: 512), .init(size: 1 << 30, total: huge, free: huge),
    ]
    return node
  }

  private static func user(memlock: HostSnapshot.User.Limit) -> HostSnapshot.User {
    var user = HostSnapshot.User(name: "qemu")
    user.memlock = memlock
    return user
  }
}
