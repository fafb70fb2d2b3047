import VFIOTypes

/// The facts of one PCI function.
enum DeviceFacts {
  static func device(_ host: HostText, _ address: PCIAddress) -> HostDevice {
    let folder = "/sys/bus/pci/devices/\(address)"
    var device = HostDevice(address: address)
    device.identity = identity(host, folder)
    var config = host.bytes("\(folder)/config") ?? []
    // A sleeping function reads as ones: then nothing of its configuration is known.
    if config.prefix(64).allSatisfy({ $0 == 0xff }) { config = [] }
    device.headerType = config.count > 14 ? Int(config[14]) & 0x7f : nil
    device.isExpress = isExpress(host, folder, config)
    device.bars = bars(host, folder)
    device.msixVectors = msixVectors(config)
    // What a missing file says, it says only where the folder can be looked into.
    let isOpen = host.names(folder) != nil
    device.driver = isOpen ? driver(host, folder) : nil
    device.driverOverride = host.text("\(folder)/driver_override").flatMap {
      $0 == "(null)" || $0.isEmpty ? nil : $0
    }
    device.isOnVFIODriver = isOpen ? host.isThere("\(folder)/vfio-dev") : nil
    // Named in a folder of VFIO drivers, with its node only where the kernel has the device's own way.
    device.access = host.names("\(folder)/vfio-dev")?.first.flatMap { host.access("/dev/vfio/devices/\($0)") }
    device.resetMethods = host.text("\(folder)/reset_method").map {
      $0.split(separator: " ").map(String.init)
    }
    device.numa = host.number("\(folder)/numa_node", in: 0...1023)
    device.physicalFunction = host.linkName("\(folder)/physfn").flatMap { PCIAddress($0) }
    if let total = host.number("\(folder)/sriov_totalvfs", in: 0...65535),
      let current = host.number("\(folder)/sriov_numvfs", in: 0...65535)
    {
      device.sriov = .init(total: total, current: current)
    }
    device.isBootVGA = host.number("\(folder)/boot_vga", in: 0...1).map { $0 == 1 }
    device.serial = serial(config)
    return device
  }

  private static func driver(_ host: HostText, _ folder: String) -> HostDevice.Driver? {
    switch host.isThere("\(folder)/driver") {
    case true: host.linkName("\(folder)/driver").map { .bound($0) }
    case false: HostDevice.Driver.none
    case nil: nil
    }
  }

  /// A capability of the configuration where enough of it was read, else a file that only PCI Express functions have.
  ///
  /// Linux 6.12, drivers/pci/pci-sysfs.c: pcie_dev_attrs_are_visible.
  private static func isExpress(_ host: HostText, _ folder: String, _ config: [UInt8]) -> Bool? {
    if let found = capability(0x10, in: config) { return found != nil }
    return host.names(folder) == nil ? nil : host.isThere("\(folder)/max_link_width")
  }

  private static func identity(_ host: HostText, _ folder: String) -> HostDevice.Identity? {
    guard let vendor = host.hex("\(folder)/vendor", digits: 4),
      let device = host.hex("\(folder)/device", digits: 4),
      let classCode = host.hex("\(folder)/class", digits: 6)
    else { return nil }
    return HostDevice.Identity(
      vendor: vendor,
      device: device,
      subvendor: host.hex("\(folder)/subsystem_vendor", digits: 4),
      subdevice: host.hex("\(folder)/subsystem_device", digits: 4),
      classCode: classCode
    )
  }

  /// The first six lines of `resource`: start, end, flags.
  ///
  /// Linux 6.12, include/linux/ioport.h: IORESOURCE_IO 0x100, IORESOURCE_PREFETCH 0x2000, IORESOURCE_MEM_64 0x100000.
  private static func bars(_ host: HostText, _ folder: String) -> [HostDevice.BAR]? {
    guard let lines = host.lines("\(folder)/resource"), lines.count >= 6 else { return nil }
    var bars: [HostDevice.BAR] = []
    for (index, line) in lines.prefix(6).enumerated() {
      let numbers = line.split(separator: " ").compactMap { Hexadecimal.value($0) }
      // Where one line is not what it should be, none is known.
      guard numbers.count == 3, numbers[1] >= numbers[0] || numbers[2] == 0 else { return nil }
      guard numbers[2] != 0 else { continue }
      let last = numbers[1] - numbers[0]
      guard last < UInt64(Int.max) else { return nil }
      bars.append(
        HostDevice.BAR(
          index: index,
          size: last + 1,
          isIO: numbers[2] & 0x100 != 0,
          is64Bit: numbers[2] & 0x100000 != 0,
          isPrefetchable: numbers[2] & 0x2000 != 0
        )
      )
    }
    return bars
  }

  /// Where a capability stands in a configuration; nil inside where it has none, nil outside where too little was read.
  private static func capability(_ id: UInt8, in config: [UInt8]) -> Int?? {
    guard config.count >= 256 else { return nil }
    guard config[6] & 0x10 != 0 else { return .some(nil) }
    var seen: Set<UInt8> = []
    var place = config[0x34] & 0xfc
    while place >= 0x40, seen.insert(place).inserted {
      if config[Int(place)] == id { return Int(place) }
      place = config[Int(place) + 1] & 0xfc
    }
    return .some(nil)
  }

  /// The table size of the MSI-X capability; nil where the configuration past 64 bytes could not be read.
  private static func msixVectors(_ config: [UInt8]) -> Int? {
    guard let found = capability(0x11, in: config) else { return nil }
    return found.map { (Int(config[$0 + 2]) | Int(config[$0 + 3]) << 8) & 0x7ff + 1 } ?? 0
  }

  /// The device serial number, PCI Express extended capability 3: sixteen digits, the high half first.
  private static func serial(_ config: [UInt8]) -> String? {
    guard config.count >= 4096 else { return nil }
    func word(_ offset: Int) -> UInt32 {
      config[offset..<(offset + 4)].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    var seen: Set<Int> = []
    var offset = 0x100
    while offset >= 0x100, offset + 12 <= config.count, seen.insert(offset).inserted {
      let header = word(offset)
      guard header != 0, header != UInt32.max else { return nil }
      if header & 0xffff == 3 {
        return Hexadecimal.text(UInt64(word(offset + 8)) << 32 | UInt64(word(offset + 4)), digits: 16)
      }
      offset = Int(header >> 20) & 0xffc
    }
    return nil
  }
}
