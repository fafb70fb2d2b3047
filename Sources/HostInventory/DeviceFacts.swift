import VFIOTypes

/// The facts of one PCI function.
enum DeviceFacts {
  static func device(_ host: HostText, _ address: PCIAddress) -> HostDevice {
    let folder = "/sys/bus/pci/devices/\(address)"
    var device = HostDevice(address: address)
    device.identity = identity(host, folder)
    let config = host.bytes("\(folder)/config") ?? []
    device.headerType = config.count > 14 ? Int(config[14]) & 0x7f : nil
    // A sleeping function reads as ones: then nothing of its configuration is known.
    if config.starts(with: [0xff, 0xff]) && config.prefix(64).allSatisfy({ $0 == 0xff }) {
      device.headerType = nil
    }
    device.isExpress = host.exists("\(folder)/max_link_width")
    device.bars = bars(host, folder)
    device.msixVectors = msixVectors(config)
    if host.exists(folder) {
      device.driver = host.linkName("\(folder)/driver").map { .bound($0) } ?? HostDevice.Driver.none
    }
    device.driverOverride = host.text("\(folder)/driver_override").flatMap {
      $0 == "(null)" || $0.isEmpty ? nil : $0
    }
    device.isOnVFIODriver = host.exists(folder) ? host.exists("\(folder)/vfio-dev") : nil
    device.resetMethods = host.text("\(folder)/reset_method").map {
      $0.split(separator: " ").map(String.init)
    }
    device.numa = host.number("\(folder)/numa_node").flatMap { $0 >= 0 ? $0 : nil }
    device.physicalFunction = host.linkName("\(folder)/physfn").flatMap { PCIAddress($0) }
    if let total = host.number("\(folder)/sriov_totalvfs"),
      let current = host.number("\(folder)/sriov_numvfs")
    {
      device.sriov = .init(total: total, current: current)
    }
    device.isBootVGA = host.number("\(folder)/boot_vga").map { $0 == 1 }
    device.serial = serial(config)
    return device
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
    host.lines("\(folder)/resource").map { lines in
      lines.prefix(6).enumerated().compactMap { index, line in
        let numbers = line.split(separator: " ").compactMap { Hexadecimal.value($0) }
        guard numbers.count == 3, numbers[2] != 0, numbers[1] >= numbers[0] else { return nil }
        return HostDevice.BAR(
          index: index,
          size: numbers[1] - numbers[0] + 1,
          isIO: numbers[2] & 0x100 != 0,
          is64Bit: numbers[2] & 0x100000 != 0,
          isPrefetchable: numbers[2] & 0x2000 != 0
        )
      }
    }
  }

  /// The table size of the MSI-X capability; nil where the configuration past 64 bytes could not be read.
  private static func msixVectors(_ config: [UInt8]) -> Int? {
    guard config.count >= 256 else { return nil }
    var seen: Set<UInt8> = []
    var place = config[0x34] & 0xfc
    guard config[6] & 0x10 != 0 else { return 0 }
    while place >= 0x40, seen.insert(place).inserted {
      let offset = Int(place)
      if config[offset] == 0x11 {
        return (Int(config[offset + 2]) | Int(config[offset + 3]) << 8) & 0x7ff + 1
      }
      place = config[offset + 1] & 0xfc
    }
    return 0
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
