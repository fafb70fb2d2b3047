package import Diagnostics
import KeyTables
import VFIOTypes
package import YAMLSyntax

/// Reads a snapshot document.
package struct SnapshotReader {
  private var diagnostics: [Diagnostic] = []
  private var known = KnownRanges()

  /// The snapshot of a document, as much of it as could be read.
  package static func read(_ document: YAMLDocument, diagnostics: inout [Diagnostic]) -> HostSnapshot {
    var reader = SnapshotReader()
    let snapshot = reader.snapshot(document.root)
    diagnostics += reader.diagnostics
    return snapshot
  }

  private mutating func snapshot(_ root: YAMLNode) -> HostSnapshot {
    var snapshot = HostSnapshot()
    guard root.style == .mapping else {
      diagnostics.append(SchemaRule.type.finding("the snapshot is no mapping", at: root.range))
      return snapshot
    }
    let keys = MappingReader(root, SnapshotTables.snapshot, &diagnostics)
    if let cpu = keys.nested("cpu", SnapshotTables.cpu, &diagnostics) { snapshot.cpu = self.cpu(cpu) }
    snapshot.pageSize = number(keys, "page-size")
    if let kernel = keys.nested("kernel", SnapshotTables.kernel, &diagnostics) {
      snapshot.kernel.release = kernel.text("release")?.value
      snapshot.kernel.commandLine = texts(kernel, "command-line")
      if let config = kernel.nested("config", SnapshotTables.config, &diagnostics) {
        snapshot.kernel.options = KernelFacts.options.compactMap { name in
          config.text(name).map { .init(name: name, value: $0.value) }
        }
      }
    }
    snapshot.interruptRemapping = keys.bool("interrupt-remapping")?.value
    snapshot.firmwareTables = texts(keys, "firmware-tables")
    snapshot.modules = list(keys, "modules") { $0.module($1) }
    snapshot.iommus = list(keys, "iommus") { $0.iommu($1) }
    snapshot.tce = list(keys, "tce") { $0.tce($1) } ?? []
    snapshot.memory = list(keys, "memory") { $0.memoryNode($1) }
    snapshot.users = list(keys, "users") { $0.user($1) } ?? []
    snapshot.nodes = list(keys, "nodes") { $0.node($1) }
    snapshot.hypervisors = list(keys, "hypervisors") { $0.hypervisor($1) }
    snapshot.groups = list(keys, "groups") { $0.group($1) }
    snapshot.setDevices(list(keys, "devices") { $0.device($1) } ?? [])
    return snapshot
  }

  // MARK: The host

  private func cpu(_ keys: MappingReader) -> HostSnapshot.CPU {
    var cpu = HostSnapshot.CPU()
    let architecture: Located<GuestArchitecture>? = keys.word("architecture")
    cpu.architecture = architecture?.value
    cpu.vendor = keys.text("vendor")?.value
    cpu.model = keys.text("model")?.value
    cpu.physicalBits = keys.integer("phys-bits")?.value
    cpu.platform = keys.text("platform")?.value
    return cpu
  }

  private mutating func module(_ node: YAMLNode) -> HostSnapshot.Module? {
    let keys = MappingReader(node, SnapshotTables.module, &diagnostics)
    guard let name = keys.text("name"), let isLoaded = keys.bool("loaded") else { return nil }
    let parameters = (keys.value("parameters")?.pairs ?? YAMLPairs.none).map {
      HostSnapshot.Module.Parameter(name: $0.key.text, value: $0.value.text)
    }
    return .init(name: name.value, isLoaded: isLoaded.value, parameters: parameters)
  }

  private mutating func iommu(_ node: YAMLNode) -> HostSnapshot.IOMMUUnit? {
    let keys = MappingReader(node, SnapshotTables.iommu, &diagnostics)
    guard let name = keys.text("name"), let kind: Located<HostSnapshot.IOMMUUnit.Kind> = keys.word("kind")
    else {
      return nil
    }
    var unit = HostSnapshot.IOMMUUnit(name: name.value, kind: kind.value)
    unit.cap = keys.text("cap")?.value
    unit.ecap = keys.text("ecap")?.value
    unit.features = keys.text("features")?.value
    return unit
  }

  private mutating func tce(_ node: YAMLNode) -> HostSnapshot.TCE? {
    let keys = MappingReader(node, SnapshotTables.tce, &diagnostics)
    guard let domain = keys.integer("domain") else { return nil }
    var tce = HostSnapshot.TCE(domain: UInt32(domain.value))
    tce.dma32Start = keys.hexNumber("dma32-start")?.value
    tce.dma32Size = keys.hexNumber("dma32-size")?.value
    tce.pageSizes = keys.hexNumber("page-sizes").map { PageSizes(mask: $0.value) }
    tce.levels = keys.integer("levels")?.value
    tce.windows = keys.integer("windows")?.value
    tce.offersDDW = keys.bool("ddw")?.value
    return tce
  }

  private mutating func memoryNode(_ node: YAMLNode) -> HostSnapshot.MemoryNode? {
    let keys = MappingReader(node, SnapshotTables.memoryNode, &diagnostics)
    // The pools are read whatever becomes of the node, for their own findings.
    let pools = list(keys, "huge-pages") { $0.hugePages($1) }
    guard let number = keys.integer("node") else { return nil }
    var memory = HostSnapshot.MemoryNode(number: number.value)
    memory.total = self.number(keys, "total")
    memory.free = self.number(keys, "free")
    memory.hugePages = pools
    return memory
  }

  private mutating func hugePages(_ node: YAMLNode) -> HostSnapshot.MemoryNode.HugePages? {
    let keys = MappingReader(node, SnapshotTables.hugePages, &diagnostics)
    guard let size = number(keys, "size"), let total = number(keys, "total"), let free = number(keys, "free")
    else { return nil }
    return .init(size: size, total: total, free: free)
  }

  private mutating func user(_ node: YAMLNode) -> HostSnapshot.User? {
    let keys = MappingReader(node, SnapshotTables.user, &diagnostics)
    guard let name = keys.text("name") else { return nil }
    var user = HostSnapshot.User(name: name.value)
    user.memlock = keys.value("memlock").map { node in
      UInt64(node.text).map { .bytes($0) } ?? .unlimited
    }
    user.openFiles = keys.integer("open-files")?.value
    user.hasIPCLock = keys.bool("ipc-lock")?.value
    return user
  }

  private mutating func node(_ node: YAMLNode) -> HostSnapshot.Node? {
    let keys = MappingReader(node, SnapshotTables.node, &diagnostics)
    guard let path = keys.text("path"), let mode = keys.hexNumber("mode"), let owner = keys.integer("owner")
    else { return nil }
    return .init(
      path: path.value,
      mode: UInt16(truncatingIfNeeded: mode.value),
      owner: UInt32(owner.value)
    )
  }

  private mutating func hypervisor(_ node: YAMLNode) -> HostSnapshot.HypervisorProgram? {
    let keys = MappingReader(node, SnapshotTables.hypervisor, &diagnostics)
    guard let name: Located<HypervisorName> = keys.word("name"),
      let version = keys.text("version").flatMap({ Version($0.value) })
    else { return nil }
    return .init(name: name.value, version: version)
  }

  // MARK: Groups and devices

  private mutating func group(_ node: YAMLNode) -> HostGroup? {
    let keys = MappingReader(node, SnapshotTables.group, &diagnostics)
    var members = keys.list("members").compactMap { PCIAddress(utf8: $0.utf8) }
    members.sort()
    var group = HostGroup(members: members)
    group.others = texts(keys, "others") ?? []
    group.type = keys.text("type")?.value
    group.name = keys.text("name")?.value
    group.reservedRegions = list(keys, "reserved-regions") { $0.region($1) }
    if let ranges = keys.nested("iova-ranges", SnapshotTables.ranges, &diagnostics) {
      let source: Located<HostGroup.Ranges.Source>? = ranges.word("source")
      group.iovaRanges = .init(
        ranges: list(ranges, "ranges") { $0.range($1) } ?? [],
        pageSizes: ranges.hexNumber("page-sizes").map { PageSizes(mask: $0.value) },
        source: source?.value ?? .predicted
      )
      if let first = group.members.first, let ranges = group.iovaRanges { known.add(ranges, of: first) }
    } else {
      group.iovaRanges = keys.address("iova-ranges").flatMap { known.ranges(of: $0.value) }
    }
    group.access = access(keys)
    group.range = node.range
    return group
  }

  private mutating func region(_ node: YAMLNode) -> HostGroup.ReservedRegion? {
    let keys = MappingReader(node, SnapshotTables.region, &diagnostics)
    guard let range = bounds(keys), let kind: Located<HostGroup.ReservedRegion.Kind> = keys.word("kind")
    else {
      return nil
    }
    return .init(range: range, kind: kind.value)
  }

  private mutating func range(_ node: YAMLNode) -> IOVARange? {
    bounds(MappingReader(node, SnapshotTables.range, &diagnostics))
  }

  private func bounds(_ keys: MappingReader) -> IOVARange? {
    guard let start = keys.hexNumber("start")?.value, let last = keys.hexNumber("last")?.value, start <= last
    else { return nil }
    return IOVARange(start: start, last: last)
  }

  private mutating func device(_ node: YAMLNode) -> HostDevice? {
    let keys = MappingReader(node, SnapshotTables.device, &diagnostics)
    let bars = list(keys, "bars") { $0.bar($1) }
    let sriov = keys.nested("sriov", SnapshotTables.sriov, &diagnostics)
    let access = access(keys)
    guard let address = keys.address("address") else { return nil }
    var device = HostDevice(address: address.value)
    if let vendor = keys.text("vendor"), let id = keys.text("id"), let classCode = keys.text("class") {
      device.identity = .init(
        vendor: vendor.value,
        device: id.value,
        subvendor: keys.text("subvendor")?.value,
        subdevice: keys.text("subid")?.value,
        classCode: classCode.value
      )
    }
    device.headerType = keys.integer("header-type")?.value
    device.isExpress = keys.bool("express")?.value
    device.bars = bars
    device.msixVectors = keys.integer("msix-vectors")?.value
    device.driver = keys.text("driver").map { $0.value == "none" ? HostDevice.Driver.none : .bound($0.value) }
    device.driverOverride = keys.text("driver-override")?.value
    device.isOnVFIODriver = keys.bool("vfio-driver")?.value
    device.access = access
    device.resetMethods = texts(keys, "reset-methods")
    device.numa = keys.integer("numa")?.value
    device.physicalFunction = keys.address("physical-function")?.value
    if let total = sriov?.integer("total"), let current = sriov?.integer("current") {
      device.sriov = .init(total: total.value, current: current.value)
    }
    device.isBootVGA = keys.bool("boot-vga")?.value
    device.serial = keys.text("serial")?.value
    device.inUse = texts(keys, "in-use")
    device.range = address.range
    return device
  }

  private mutating func access(_ keys: MappingReader) -> HostSnapshot.Access? {
    guard let keys = keys.nested("access", SnapshotTables.access, &diagnostics),
      let mode = keys.hexNumber("mode"), let owner = keys.integer("owner")
    else { return nil }
    return .init(mode: UInt16(truncatingIfNeeded: mode.value), owner: UInt32(owner.value))
  }

  private mutating func bar(_ node: YAMLNode) -> HostDevice.BAR? {
    let keys = MappingReader(node, SnapshotTables.bar, &diagnostics)
    guard let index = keys.integer("index"), let size = number(keys, "size"), let kind = keys.text("kind")
    else { return nil }
    return .init(
      index: index.value,
      size: size,
      isIO: kind.value == "io",
      is64Bit: kind.value == "memory64",
      isPrefetchable: keys.bool("prefetchable")?.value ?? false
    )
  }

  // MARK: Shapes

  /// The elements of a list of mappings; nil where the list is absent, and so its subject unknown.
  private mutating func list<Element>(
    _ keys: MappingReader,
    _ key: String,
    _ read: (inout SnapshotReader, YAMLNode) -> Element?
  ) -> [Element]? {
    guard let node = keys.value(key) else { return nil }
    var elements: [Element] = []
    elements.reserveCapacity(node.count)
    for item in node.items { if let element = read(&self, item) { elements.append(element) } }
    return elements
  }

  private func number(_ keys: MappingReader, _ key: String) -> UInt64? {
    keys.integer(key).map { UInt64($0.value) }
  }

  private func texts(_ keys: MappingReader, _ key: String) -> [String]? {
    keys.value(key).map { $0.items.map(\.text) }
  }
}

/// The ranges of the groups read so far, by the first member of each.
///
/// Many snapshots refer to none of them, so they are put in order only when one is asked for.
private struct KnownRanges {
  private var holders: [(first: PCIAddress, ranges: HostGroup.Ranges)] = []
  private var positions: [PCIAddress: Int] = [:]
  /// How many of the holders have their positions noted.
  private var noted = 0

  mutating func add(_ ranges: HostGroup.Ranges, of first: PCIAddress) { holders.append((first, ranges)) }

  mutating func ranges(of first: PCIAddress) -> HostGroup.Ranges? {
    while noted < holders.count {
      positions[holders[noted].first] = noted
      noted += 1
    }
    return positions[first].map { holders[$0].ranges }
  }
}
