import HostInventory
import VFIOTypes

/// Facts of a PCI function, by their names in the snapshot.
enum DeviceFactTable {
  struct Entry: Sendable {
    var name: String
    var value: @Sendable (HostDevice) -> String?
  }

  static let entries = [
    Entry(name: "bars") { device in
      device.bars?.map { "\($0.index):\($0.size)" }.joined(separator: ",")
    },
    Entry(name: "class") { $0.identity?.classCode },
    Entry(name: "driver") { device in device.driver.map { $0.name ?? "none" } },
    Entry(name: "driver-override") { device in device.driver == nil ? nil : device.driverOverride ?? "none" },
    Entry(name: "header-type") { $0.headerType?.description },
    Entry(name: "ids") { device in
      device.identity.map { identity in
        [identity.vendor, identity.device, identity.subvendor, identity.subdevice].compactMap(\.self)
          .joined(separator: ":")
      }
    },
    Entry(name: "in-use") { device in device.inUse.map { $0.isEmpty ? "none" : $0.joined(separator: ",") } },
    Entry(name: "numa") { $0.numa?.description },
    Entry(name: "physical-function") { $0.physicalFunction?.description },
    Entry(name: "serial") { $0.serial },
    Entry(name: "sriov") { device in device.sriov.map { "\($0.current)/\($0.total)" } },
    Entry(name: "vfio-driver") { $0.isOnVFIODriver?.description },
  ]
}

/// Facts of an IOMMU group, by its lowest member.
enum GroupFactTable {
  struct Entry: Sendable {
    var name: String
    var value: @Sendable (HostGroup) -> String?
  }

  static let entries = [
    Entry(name: "iova-ranges") { group in
      group.iovaRanges.map { $0.ranges.map(\.description).joined(separator: ",") }
    },
    Entry(name: "members") { $0.members.map(\.description).joined(separator: ",") },
    Entry(name: "page-sizes") { group in
      group.iovaRanges?.pageSizes.map { "0x\(Hexadecimal.text($0.mask))" }
    },
    Entry(name: "reserved-regions") { group in
      group.reservedRegions.map { regions in
        regions.map { "\($0.range) \($0.kind.rawValue)" }.joined(separator: ",")
      }
    },
    Entry(name: "type") { $0.type },
  ]
}

/// Facts of the host as a whole; some names have a part that says of what: `users.qemu.memlock`.
enum HostFactTable {
  /// The names of the facts that matter to a plan.
  static func names(_ host: HostSnapshot, domains: Set<UInt32>, users: Set<String>) -> [String] {
    let fixed = [
      "cpu.architecture", "cpu.phys-bits", "cpu.platform", "cpu.vendor", "interrupt-remapping", "iommus",
      "kernel.command-line", "kernel.release", "page-size",
    ]
    let modules = (host.modules ?? []).map { "modules.\($0.name)" }
    let windows = host.tce.filter { domains.contains($0.domain) }.map { "tce.\($0.domain)" }
    let limits = host.users.filter { users.isEmpty || users.contains($0.name) }
      .map { "users.\($0.name).memlock" }
    let programs = Set((host.hypervisors ?? []).map(\.name)).map { "hypervisors.\($0.rawValue)" }
    return fixed + modules + windows + limits + programs
  }

  static func value(_ name: String, _ host: HostSnapshot) -> String? {
    switch name {
    case "cpu.architecture": return host.cpu.architecture?.rawValue
    case "cpu.phys-bits": return host.cpu.physicalBits?.description
    case "cpu.platform": return host.cpu.platform
    case "cpu.vendor": return host.cpu.vendor
    case "interrupt-remapping": return host.interruptRemapping?.description
    case "iommus": return host.iommus.map { Set($0.map(\.kind.rawValue)).sorted().joined(separator: ",") }
    case "kernel.command-line": return host.kernel.commandLine?.joined(separator: " ")
    case "kernel.release": return host.kernel.release
    case "page-size": return host.pageSize?.description
    default: break
    }
    let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "modules": return host.module(parts[1]).map(module)
    case "tce": return host.tce.first { parts[1] == "\($0.domain)" }.map(windows)
    case "users": return host.users.first { parts[1] == "\($0.name).memlock" }.flatMap(limit)
    case "hypervisors":
      return host.hypervisors?.last { parts[1] == $0.name.rawValue }?.version.description
    default: return nil
    }
  }

  private static func module(_ module: HostSnapshot.Module) -> String {
    guard module.isLoaded else { return "not loaded" }
    return module.parameters.isEmpty
      ? "loaded" : "loaded " + module.parameters.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
  }

  private static func windows(_ tce: HostSnapshot.TCE) -> String {
    var words: [String] = []
    if let start = tce.dma32Start { words.append("dma32-start=0x\(Hexadecimal.text(start))") }
    if let size = tce.dma32Size { words.append("dma32-size=0x\(Hexadecimal.text(size))") }
    if let sizes = tce.pageSizes { words.append("page-sizes=0x\(Hexadecimal.text(sizes.mask))") }
    if let levels = tce.levels { words.append("levels=\(levels)") }
    if let windows = tce.windows { words.append("windows=\(windows)") }
    if let ddw = tce.offersDDW { words.append("ddw=\(ddw)") }
    return words.joined(separator: " ")
  }

  private static func limit(_ user: HostSnapshot.User) -> String? {
    if user.hasIPCLock == true { return "unlimited" }
    switch user.memlock {
    case .unlimited: return "unlimited"
    case .bytes(let bytes): return "\(bytes)"
    case nil: return nil
    }
  }
}
