import Diagnostics
import KeyTables
import VFIOTypes
import YAMLSyntax

extension GuestReader {
  mutating func guest(_ keys: MappingReader, _ name: Located<String>) -> Guest {
    var guest = Guest(name: name)
    guest.range = name.range.through(keys.node.range)
    guest.machine = keys.text("machine")
    guest.architecture = keys.word("arch")
    if let below = keys.nested("hypervisor", GuestTables.hypervisor, &diagnostics) {
      guest.hypervisor = hypervisor(below)
    }
    if let below = keys.nested("cpu", GuestTables.cpu, &diagnostics) { guest.cpu = processors(below) }
    guest.memory = memory(keys)
    guest.numa = numa(keys)
    guest.balloon = keys.bool("balloon")
    guest.confidential = keys.word("confidential")
    guest.migration = keys.word("migration")
    guest.firmware = keys.word("firmware")
    guest.acpi = keys.bool("acpi")
    guest.pciHole64 = keys.size("pci-hole64")
    guest.mmio64Window = keys.size("mmio64-window")
    guest.interruptChip = keys.word("irqchip")
    guest.interrupts = keys.word("interrupts")
    guest.vga = keys.word("vga")
    guest.iommuModel = keys.word("iommu-model")
    guest.passDescriptors = keys.bool("pass-descriptors")
    if let below = keys.nested("viommu", GuestTables.viommu, &diagnostics) { guest.viommu = viommu(below) }
    guest.bridges = bridges(keys)
    return guest
  }

  private func hypervisor(_ keys: MappingReader) -> Hypervisor {
    var hypervisor = Hypervisor()
    hypervisor.name = keys.word("name")
    hypervisor.version = keys.text("version")
    hypervisor.accelerator = keys.word("accelerator")
    hypervisor.user = keys.text("user")
    if let node = keys.value("memlock") {
      if node.utf8.elementsEqual("unlimited".utf8) {
        hypervisor.memlock = Located(.unlimited, at: node.range)
      } else {
        hypervisor.memlock = keys.size("memlock").map { $0.map(Hypervisor.LockedMemoryLimit.bytes) }
      }
    }
    hypervisor.openFiles = keys.integer("open-files")
    hypervisor.rawArguments = keys.texts("raw-arguments")
    return hypervisor
  }

  private func processors(_ keys: MappingReader) -> Processors {
    var cpu = Processors()
    cpu.count = keys.integer("count")
    cpu.model = keys.text("model")
    cpu.vendor = keys.word("vendor")
    if let node = keys.value("phys-bits") {
      cpu.physicalBits =
        node.utf8.elementsEqual("host".utf8)
        ? Located(.host, at: node.range)
        : keys.integer("phys-bits").map { $0.map(Processors.PhysicalBits.bits) }
    }
    return cpu
  }

  private mutating func memory(_ keys: MappingReader) -> Memory {
    var memory = Memory()
    guard let node = keys.value("memory") else { return memory }
    guard node.style == .mapping else {
      memory.size = keys.size("memory")
      return memory
    }
    guard let below = keys.nested("memory", GuestTables.memory, &diagnostics) else { return memory }
    memory.size = below.size("size")
    memory.maximum = below.size("max")
    memory.slots = below.integer("slots")
    memory.hugepages = below.size("hugepages")
    memory.backing = below.word("backing")
    memory.path = below.text("path")
    memory.fileSystem = below.text("file-system")
    memory.share = below.bool("share")
    memory.preallocate = below.bool("prealloc")
    memory.merge = below.bool("merge")
    memory.locked = below.bool("locked")
    memory.readOnly = below.bool("read-only")
    for node in below.list("modules") { module(node).map { memory.modules.append($0) } }
    return memory
  }

  private mutating func module(_ node: YAMLNode) -> Memory.Module? {
    let keys = MappingReader(node, GuestTables.module, &diagnostics)
    guard let kind: Located<Memory.Module.Kind> = keys.word("kind"), let size = keys.size("size") else {
      return nil
    }
    var module = Memory.Module(kind: kind, size: size)
    module.block = keys.size("block")
    module.node = keys.integer("node")
    module.backing = keys.word("backing")
    module.path = keys.text("path")
    return module
  }

  private mutating func numa(_ keys: MappingReader) -> [NUMANode] {
    var nodes: [NUMANode] = []
    for entry in keys.entries("numa", .number, &diagnostics) {
      let below = MappingReader(entry.node, GuestTables.numa, layers: entry.layers, &diagnostics)
      guard let number = Int(entry.name.value) else { continue }
      var node = NUMANode(number: Located(number, at: entry.name.range))
      node.memory = below.size("memory")
      node.cpus = below.text("cpus")
      node.hostNodes = below.integers("host-nodes")
      nodes.append(node)
    }
    return nodes
  }

  private func viommu(_ keys: MappingReader) -> GuestIOMMUSettings {
    var viommu = GuestIOMMUSettings(range: keys.node.range)
    viommu.model = keys.word("model")
    viommu.cachingMode = switchValue(keys, "caching-mode")
    viommu.addressBits = keys.integer("aw-bits")
    viommu.interruptRemapping = switchValue(keys, "interrupt-remapping")
    viommu.extendedInterruptMode = switchValue(keys, "eim")
    viommu.x2apicSupport = switchValue(keys, "xtsup")
    viommu.deviceIOTLB = keys.bool("device-iotlb")
    viommu.snoopControl = keys.bool("snoop-control")
    viommu.dmaDrain = keys.bool("dma-drain")
    viommu.scalableMode = keys.bool("scalable-mode")
    viommu.firstStage = keys.bool("first-stage")
    viommu.pasid = keys.bool("pasid")
    viommu.dmaTranslation = keys.bool("dma-translation")
    viommu.dmaRemap = keys.bool("dma-remap")
    viommu.granule = keys.word("granule")
    viommu.bootBypass = keys.bool("boot-bypass")
    viommu.slot = keys.integer("slot")
    viommu.bridge = keys.text("bridge")
    viommu.accelerated = keys.bool("accelerated")
    for pair in keys.value("properties")?.pairs ?? YAMLPairs.none {
      viommu.properties.append(
        .init(
          name: Located(pair.key.text, at: pair.key.range),
          value: Located(pair.value.text, at: pair.value.range)
        )
      )
    }
    return viommu
  }

  /// A truth value where 'auto' may stand too; nil for 'auto'.
  func switchValue(_ keys: MappingReader, _ key: String) -> Located<Bool>? {
    guard let node = keys.value(key), !node.utf8.elementsEqual("auto".utf8) else { return nil }
    return keys.bool(key)
  }
}
