import Diagnostics
import VFIOTypes

extension PlanJSON {
  static func guest(_ guest: GuestPlan, _ writer: inout JSONWriter) {
    writer.text("name", guest.name)
    writer.origin(guest.origin)
    writer.key("machine")
    writer.object { machine(guest.machine, &$0) }
    writer.key("memory")
    writer.object { memory(guest.memory, &$0) }
    if let viommu = guest.viommu {
      writer.key("viommu")
      writer.object { guestIOMMU(viommu, &$0) }
    }
    writer.blocks("bridges", guest.bridges, bridge)
    writer.blocks("ports", guest.ports, port)
    writer.blocks("devices", guest.devices, device)
    writer.list("groups", guest.groups) { group, writer in
      writer.text("name", group.name.description)
      writer.addresses("members", group.members)
    }
    writer.blocks("containers", guest.containers, container)
    writer.key("locked-memory")
    writer.object { lockedMemory(guest.lockedMemory, &$0) }
    writer.list("decisions", guest.decisions) { decision, writer in
      writer.text("path", decision.path)
      writer.text("choice", decision.choice)
      writer.text("reason", decision.reason)
    }
    writer.list("steps", guest.steps, step)
  }

  private static func machine(_ machine: PlannedMachine, _ writer: inout JSONWriter) {
    writer.text("type", machine.type.text)
    writer.word("architecture", machine.architecture)
    writer.word("hypervisor", machine.hypervisor)
    writer.text("hypervisor-version", machine.hypervisorVersion.description)
    writer.word("accelerator", machine.accelerator)
    writer.word("interrupt-chip", machine.interruptChip)
    writer.bool("root-bus-bypasses-iommu", machine.rootBusBypassesIOMMU)
    writer.number("pci-hole64", machine.pciHole64)
    writer.number("processors", machine.processors)
    writer.text("processor-model", machine.processorModel)
    writer.texts("raw-arguments", machine.rawArguments)
    writer.bool("passes-descriptors", machine.passesDescriptors)
  }

  private static func memory(_ memory: PlannedMemory, _ writer: inout JSONWriter) {
    writer.number("size", memory.size)
    writer.number("maximum", memory.maximum)
    writer.number("slots", memory.slots)
    writer.number("huge-page-size", memory.hugePageSize)
    writer.word("backing", memory.backing)
    writer.text("path", memory.path)
    writer.bool("shared", memory.isShared)
    writer.bool("preallocated", memory.isPreallocated)
    writer.list("nodes", memory.nodes) { node, writer in
      writer.number("number", node.number)
      writer.number("size", node.size)
      writer.text("cpus", node.cpus)
      writer.numbers("host-nodes", node.hostNodes)
    }
    writer.list("ranges", memory.ranges) { range, writer in
      writer.text("name", range.name)
      writer.hex("start", range.start)
      writer.number("size", range.size)
    }
  }

  private static func guestIOMMU(_ iommu: PlannedGuestIOMMU, _ writer: inout JSONWriter) {
    writer.word("model", iommu.model)
    writer.bool("caching-mode", iommu.cachingMode)
    writer.number("address-bits", iommu.addressBits)
    writer.bool("interrupt-remapping", iommu.interruptRemapping)
    writer.bool("extended-interrupt-mode", iommu.extendedInterruptMode)
    writer.bool("x2apic-support", iommu.x2apicSupport)
    writer.bool("device-iotlb", iommu.deviceIOTLB)
    writer.bool("snoop-control", iommu.snoopControl)
    writer.bool("dma-drain", iommu.dmaDrain)
    writer.bool("scalable-mode", iommu.scalableMode)
    writer.bool("first-stage", iommu.firstStage)
    writer.bool("pasid", iommu.pasid)
    writer.bool("dma-translation", iommu.dmaTranslation)
    writer.bool("dma-remap", iommu.dmaRemap)
    writer.text("granule", iommu.granule)
    writer.bool("boot-bypass", iommu.bootBypass)
    writer.number("slot", iommu.slot)
    writer.list("properties", iommu.properties) { property, writer in
      writer.text("name", property.name)
      writer.text("value", property.value)
    }
    writer.origin(iommu.origin)
  }

  private static func container(_ container: PlannedContainer, _ writer: inout JSONWriter) {
    writer.text("name", container.name)
    writer.word("model", container.model)
    writer.word("use", container.use)
    writer.text("bridge", container.bridge)
    writer.addresses("groups", container.groups)
    writer.ranges("ranges", container.ranges)
    writer.list("windows", container.windows, window)
    writer.origin(container.origin)
  }

  static func window(_ window: PlannedWindow, _ writer: inout JSONWriter) {
    writer.word("kind", window.kind)
    writer.hex("start", window.start)
    writer.number("size", window.size)
    writer.number("page-size", window.pageSize)
    writer.number("levels", window.levels)
    writer.number("table-bytes", window.tableBytes)
  }

  private static func lockedMemory(_ memory: LockedMemory, _ writer: inout JSONWriter) {
    writer.list("parts", memory.parts) { part, writer in
      writer.text("what", part.what)
      writer.number("bytes", part.bytes)
    }
    writer.number("allowed", memory.allowed)
    writer.bool("unlimited", memory.isUnlimited)
  }
}
