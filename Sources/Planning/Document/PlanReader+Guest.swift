import Diagnostics
import KeyTables
import VFIOPlan
import VFIOTypes
import YAMLSyntax

extension PlanReader {
  mutating func guest(_ keys: MappingReader) -> GuestPlan {
    GuestPlan(
      name: text(keys, "name"),
      machine: machine(keys),
      memory: memory(keys),
      viommu: nested(keys, "viommu", PlanTables.guestIOMMU) { $0.guestIOMMU($1) },
      bridges: list(keys, "bridges", PlanTables.bridge) { $0.bridge($1) },
      ports: list(keys, "ports", PlanTables.port) { $0.port($1) },
      devices: list(keys, "devices", PlanTables.device) { $0.device($1) },
      groups: list(keys, "groups", PlanTables.group) { reader, keys in
        PlannedGroup(name: reader.address(keys, "name"), members: reader.addresses(keys, "members"))
      },
      containers: list(keys, "containers", PlanTables.container) { $0.container($1) },
      lockedMemory: lockedMemory(keys),
      decisions: list(keys, "decisions", PlanTables.decision) { reader, keys in
        Decision(
          path: reader.text(keys, "path"),
          choice: reader.text(keys, "choice"),
          reason: reader.text(keys, "reason")
        )
      },
      steps: list(keys, "steps", PlanTables.step) { $0.step($1) }.compactMap(\.self),
      origin: origin(keys)
    )
  }

  private mutating func machine(_ guest: MappingReader) -> PlannedMachine {
    let read = nested(guest, "machine", PlanTables.machine) { reader, keys in
      PlannedMachine(
        type: MachineType(reader.text(keys, "type")),
        architecture: reader.word(keys, "architecture", else: .x86),
        hypervisor: reader.word(keys, "hypervisor", else: .other),
        hypervisorVersion: Version(reader.text(keys, "hypervisor-version")) ?? Version(0),
        accelerator: reader.word(keys, "accelerator", else: .kvm),
        interruptChip: keys.value("interrupt-chip").map { _ in
          reader.word(keys, "interrupt-chip", else: .kernel)
        },
        rootBusBypassesIOMMU: reader.bool(keys, "root-bus-bypasses-iommu"),
        pciHole64: reader.optionalNumber(keys, "pci-hole64"),
        processors: reader.number(keys, "processors"),
        processorModel: reader.text(keys, "processor-model"),
        rawArguments: keys.texts("raw-arguments").map(\.value),
        passesDescriptors: reader.bool(keys, "passes-descriptors")
      )
    }
    return read
      ?? PlannedMachine(
        type: MachineType(""),
        architecture: .x86,
        hypervisor: .other,
        hypervisorVersion: Version(0),
        accelerator: .kvm,
        interruptChip: nil,
        rootBusBypassesIOMMU: false,
        pciHole64: nil,
        processors: 0,
        processorModel: "",
        rawArguments: [],
        passesDescriptors: false
      )
  }

  private mutating func memory(_ guest: MappingReader) -> PlannedMemory {
    let read = nested(guest, "memory", PlanTables.memory) { reader, keys in
      PlannedMemory(
        size: reader.number(keys, "size"),
        maximum: reader.number(keys, "maximum"),
        slots: reader.number(keys, "slots"),
        hugePageSize: reader.optionalNumber(keys, "huge-page-size"),
        backing: reader.word(keys, "backing", else: .anonymous),
        path: keys.text("path")?.value,
        isShared: reader.bool(keys, "shared"),
        isPreallocated: reader.bool(keys, "preallocated"),
        nodes: reader.list(keys, "nodes", PlanTables.memoryNode) { reader, keys in
          .init(
            number: reader.number(keys, "number"),
            size: reader.number(keys, "size"),
            cpus: keys.text("cpus")?.value,
            hostNodes: keys.integers("host-nodes").map(\.value)
          )
        },
        ranges: reader.list(keys, "ranges", PlanTables.memoryRange) { $0.memoryRange($1) }
      )
    }
    return read
      ?? PlannedMemory(
        size: 0,
        maximum: 0,
        slots: 0,
        hugePageSize: nil,
        backing: .anonymous,
        path: nil,
        isShared: false,
        isPreallocated: false,
        nodes: [],
        ranges: []
      )
  }

  /// A range that is empty or wraps around is none.
  private mutating func memoryRange(_ keys: MappingReader) -> PlannedMemory.Range {
    let size: UInt64? = optionalNumber(keys, "size")
    let range = PlannedMemory.Range(name: text(keys, "name"), start: hex(keys, "start"), size: size ?? 0)
    if let size, size == 0 || range.start.addingReportingOverflow(size - 1).overflow {
      diagnostics.append(
        PlanRule.number.finding("RAM '\(range.name)' is empty or wraps around", at: keys.node.range)
      )
    }
    return range
  }

  private mutating func guestIOMMU(_ keys: MappingReader) -> PlannedGuestIOMMU {
    var iommu = PlannedGuestIOMMU(model: word(keys, "model", else: .none), origin: origin(keys))
    iommu.cachingMode = keys.bool("caching-mode")?.value
    iommu.addressBits = optionalNumber(keys, "address-bits")
    iommu.interruptRemapping = keys.bool("interrupt-remapping")?.value
    iommu.extendedInterruptMode = keys.bool("extended-interrupt-mode")?.value
    iommu.x2apicSupport = keys.bool("x2apic-support")?.value
    iommu.deviceIOTLB = keys.bool("device-iotlb")?.value
    iommu.snoopControl = keys.bool("snoop-control")?.value
    iommu.dmaDrain = keys.bool("dma-drain")?.value
    iommu.scalableMode = keys.bool("scalable-mode")?.value
    iommu.firstStage = keys.bool("first-stage")?.value
    iommu.pasid = keys.bool("pasid")?.value
    iommu.dmaTranslation = keys.bool("dma-translation")?.value
    iommu.dmaRemap = keys.bool("dma-remap")?.value
    iommu.granule = keys.text("granule")?.value
    iommu.bootBypass = keys.bool("boot-bypass")?.value
    iommu.slot = optionalNumber(keys, "slot")
    iommu.properties = list(keys, "properties", PlanTables.property) { reader, keys in
      .init(name: reader.text(keys, "name"), value: reader.text(keys, "value"))
    }
    return iommu
  }

  // MARK: Containers

  private mutating func container(_ keys: MappingReader) -> PlannedContainer {
    PlannedContainer(
      name: text(keys, "name"),
      model: word(keys, "model", else: .type1v2),
      use: word(keys, "use", else: .mapAll),
      bridge: keys.text("bridge")?.value,
      groups: addresses(keys, "groups"),
      ranges: list(keys, "ranges", PlanTables.range) { $0.range($1) },
      windows: list(keys, "windows", PlanTables.window) { $0.window($1) },
      origin: origin(keys)
    )
  }

  mutating func window(_ keys: MappingReader) -> PlannedWindow {
    PlannedWindow(
      kind: word(keys, "kind", else: .default),
      start: hex(keys, "start"),
      size: number(keys, "size"),
      pageSize: number(keys, "page-size"),
      levels: number(keys, "levels"),
      tableBytes: number(keys, "table-bytes")
    )
  }

  private mutating func lockedMemory(_ guest: MappingReader) -> LockedMemory {
    let read = nested(guest, "locked-memory", PlanTables.lockedMemory) { reader, keys in
      LockedMemory(
        parts: reader.list(keys, "parts", PlanTables.lockedPart) { reader, keys in
          .init(what: reader.text(keys, "what"), bytes: reader.number(keys, "bytes"))
        },
        allowed: reader.optionalNumber(keys, "allowed"),
        isUnlimited: reader.bool(keys, "unlimited")
      )
    }
    return read ?? LockedMemory(parts: [], allowed: nil, isUnlimited: false)
  }
}
