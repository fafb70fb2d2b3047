import Diagnostics
import VFIOTypes

/// Writes the canonical document of a snapshot: sorted, no time, no group numbers.
package enum SnapshotWriter {
  package static func document(_ snapshot: HostSnapshot) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.number("schema-version", 1)
      cpu(snapshot.cpu, &writer)
      writer.number("page-size", snapshot.pageSize)
      kernel(snapshot.kernel, &writer)
      writer.list("modules", snapshot.modules, module)
      writer.list("iommus", snapshot.iommus, iommu)
      writer.bool("interrupt-remapping", snapshot.interruptRemapping)
      writer.texts("firmware-tables", snapshot.firmwareTables)
      if !snapshot.tce.isEmpty { writer.list("tce", snapshot.tce, tce) }
      writer.list("memory", snapshot.memory, memoryNode)
      if !snapshot.users.isEmpty { writer.list("users", snapshot.users, user) }
      writer.list("nodes", snapshot.nodes, node)
      writer.list("hypervisors", snapshot.hypervisors) { program, writer in
        writer.text("name", program.name.rawValue)
        writer.text("version", program.version.description)
      }
      // Most groups of a host accept the same: what was written once is named by the function it was written at.
      var written: [HostGroup.Ranges: PCIAddress] = [:]
      writer.list("groups", snapshot.groups) { group($0, &written, &$1) }
      // A host without a PCI function is one that could not be looked at.
      if !snapshot.devices.isEmpty { writer.list("devices", snapshot.devices, device) }
    }
    return writer.finished()
  }

  // MARK: The host

  private static func cpu(_ cpu: HostSnapshot.CPU, _ writer: inout JSONWriter) {
    guard cpu != HostSnapshot.CPU() else { return }
    writer.key("cpu")
    writer.object { writer in
      writer.text("architecture", cpu.architecture?.rawValue)
      writer.text("vendor", cpu.vendor)
      writer.text("model", cpu.model)
      writer.number("phys-bits", cpu.physicalBits)
      writer.text("platform", cpu.platform)
    }
  }

  private static func kernel(_ kernel: HostSnapshot.Kernel, _ writer: inout JSONWriter) {
    guard kernel != HostSnapshot.Kernel() else { return }
    writer.key("kernel")
    writer.object { writer in
      writer.text("release", kernel.release)
      writer.texts("command-line", kernel.commandLine)
      guard let options = kernel.options else { return }
      writer.key("config")
      writer.object { writer in
        for option in options { writer.text(option.name, option.value) }
      }
    }
  }

  private static func module(_ module: HostSnapshot.Module, _ writer: inout JSONWriter) {
    writer.text("name", module.name)
    writer.bool("loaded", module.isLoaded)
    guard !module.parameters.isEmpty else { return }
    writer.key("parameters")
    writer.object { writer in
      for parameter in module.parameters where !parameter.value.isEmpty {
        writer.text(parameter.name, parameter.value)
      }
    }
  }

  private static func iommu(_ unit: HostSnapshot.IOMMUUnit, _ writer: inout JSONWriter) {
    writer.text("name", unit.name)
    writer.text("kind", unit.kind.rawValue)
    writer.text("cap", unit.cap)
    writer.text("ecap", unit.ecap)
    writer.text("features", unit.features)
  }

  private static func tce(_ tce: HostSnapshot.TCE, _ writer: inout JSONWriter) {
    writer.number("domain", tce.domain)
    writer.hex("dma32-start", tce.dma32Start)
    writer.hex("dma32-size", tce.dma32Size)
    writer.hex("page-sizes", tce.pageSizes?.mask)
    writer.number("levels", tce.levels)
    writer.number("windows", tce.windows)
    writer.bool("ddw", tce.offersDDW)
  }

  private static func memoryNode(_ node: HostSnapshot.MemoryNode, _ writer: inout JSONWriter) {
    writer.number("node", node.number)
    writer.number("total", node.total)
    writer.number("free", node.free)
    writer.list("huge-pages", node.hugePages) { pages, writer in
      writer.number("size", pages.size)
      writer.number("total", pages.total)
      writer.number("free", pages.free)
    }
  }

  private static func user(_ user: HostSnapshot.User, _ writer: inout JSONWriter) {
    writer.text("name", user.name)
    switch user.memlock {
    case .unlimited: writer.text("memlock", "unlimited")
    case .bytes(let bytes): writer.number("memlock", bytes)
    case nil: break
    }
    writer.number("open-files", user.openFiles)
    writer.bool("ipc-lock", user.hasIPCLock)
  }

  private static func node(_ node: HostSnapshot.Node, _ writer: inout JSONWriter) {
    writer.text("path", node.path)
    writer.hex("mode", UInt64(node.mode))
    writer.number("owner", node.owner)
  }

  // MARK: Groups and devices

  private static func group(
    _ group: HostGroup,
    _ written: inout [HostGroup.Ranges: PCIAddress],
    _ writer: inout JSONWriter
  ) {
    writer.texts("members", group.members.map(\.description))
    if !group.others.isEmpty { writer.texts("others", group.others) }
    writer.text("type", group.type)
    writer.text("name", group.name)
    writer.list("reserved-regions", group.reservedRegions) { region, writer in
      writer.hex("start", region.range.start)
      writer.hex("last", region.range.last)
      writer.text("kind", region.kind.rawValue)
    }
    access(group.access, &writer)
    guard let ranges = group.iovaRanges else { return }
    if let earlier = written[ranges] {
      writer.text("iova-ranges", earlier.description)
      return
    }
    written[ranges] = group.members.first
    writer.key("iova-ranges")
    writer.object(compact: true) { writer in
      writer.text("source", ranges.source.rawValue)
      writer.hex("page-sizes", ranges.pageSizes?.mask)
      writer.list("ranges", ranges.ranges) { range, writer in
        writer.hex("start", range.start)
        writer.hex("last", range.last)
      }
    }
  }

  private static func access(_ access: HostSnapshot.Access?, _ writer: inout JSONWriter) {
    guard let access else { return }
    writer.key("access")
    writer.object(compact: true) { writer in
      writer.hex("mode", UInt64(access.mode))
      writer.number("owner", access.owner)
    }
  }

  private static func device(_ device: HostDevice, _ writer: inout JSONWriter) {
    writer.text("address", device.address.description)
    writer.text("vendor", device.identity?.vendor)
    writer.text("id", device.identity?.device)
    writer.text("subvendor", device.identity?.subvendor)
    writer.text("subid", device.identity?.subdevice)
    writer.text("class", device.identity?.classCode)
    writer.number("header-type", device.headerType)
    writer.bool("express", device.isExpress)
    writer.list("bars", device.bars) { bar, writer in
      writer.number("index", bar.index)
      writer.number("size", bar.size)
      writer.text("kind", bar.isIO ? "io" : bar.is64Bit ? "memory64" : "memory32")
      if bar.isPrefetchable { writer.bool("prefetchable", true) }
    }
    writer.number("msix-vectors", device.msixVectors)
    writer.text("driver", device.driver.map { $0.name ?? "none" })
    writer.text("driver-override", device.driverOverride)
    writer.bool("vfio-driver", device.isOnVFIODriver)
    access(device.access, &writer)
    writer.texts("reset-methods", device.resetMethods)
    writer.number("numa", device.numa)
    writer.text("physical-function", device.physicalFunction?.description)
    if let sriov = device.sriov {
      writer.key("sriov")
      writer.object { writer in
        writer.number("total", sriov.total)
        writer.number("current", sriov.current)
      }
    }
    writer.bool("boot-vga", device.isBootVGA)
    writer.text("serial", device.serial)
    writer.texts("in-use", device.inUse)
  }
}

/// Keys whose values may be unknown, and then are absent.
extension JSONWriter {
  fileprivate mutating func text(_ name: String, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    key(name)
    string(value)
  }

  fileprivate mutating func number(_ name: String, _ value: (some BinaryInteger)?) {
    guard let value else { return }
    key(name)
    number(value)
  }

  fileprivate mutating func bool(_ name: String, _ value: Bool?) {
    guard let value else { return }
    key(name)
    bool(value)
  }

  fileprivate mutating func hex(_ name: String, _ value: UInt64?) {
    guard let value else { return }
    key(name)
    string("0x" + Hexadecimal.text(value))
  }

  fileprivate mutating func texts(_ name: String, _ values: [String]?) {
    guard let values else { return }
    key(name)
    array(compact: true) { writer in
      for value in values { writer.string(value) }
    }
  }

  /// A list of small mappings, one a line.
  fileprivate mutating func list<Element>(
    _ name: String,
    _ elements: [Element]?,
    _ body: (Element, inout JSONWriter) -> Void
  ) {
    guard let elements else { return }
    key(name)
    array { writer in
      for element in elements {
        writer.object(compact: true) { body(element, &$0) }
      }
    }
  }
}
