import KeyTables
import VFIOPlan
import VFIOTypes

extension PlanTables {
  static let guest = KeyTable(
    "guest-plan",
    "What is done for one guest.",
    [
      Key("name", .text, required: true, "Its name."),
      origin,
      Key("machine", .mapping(machine), required: true, "The machine."),
      Key("memory", .mapping(memory), required: true, "Guest RAM."),
      Key("viommu", .mapping(guestIOMMU), "The IOMMU device the guest sees."),
      Key("bridges", .list(.mapping(bridge)), required: true, "Host bridges, the built-in one first."),
      Key("ports", .list(.mapping(port)), required: true, "Ports, parents before children."),
      Key("devices", .list(.mapping(device)), required: true, "Devices the guest is given."),
      Key("groups", .list(.mapping(group)), required: true, "IOMMU groups it uses."),
      Key("containers", .list(.mapping(container)), required: true, "Its sets of DMA mappings."),
      Key(
        "locked-memory",
        .mapping(lockedMemory),
        required: true,
        "What its process must be allowed to lock."
      ),
      Key("decisions", .list(.mapping(decision)), required: true, "What was chosen, and why."),
      Key("steps", .list(.mapping(step)), required: true, "What is carried out, in order."),
    ]
  )

  static let machine = KeyTable(
    "machine",
    "The machine of a guest.",
    [
      Key("type", .text, required: true, "The machine type."),
      Key("architecture", words(GuestArchitecture.self), required: true, "The instruction set."),
      Key("hypervisor", words(HypervisorName.self), required: true, "The program that runs it."),
      Key("hypervisor-version", .shaped(.version), required: true, "The version of that."),
      Key("accelerator", words(Accelerator.self), required: true, "What executes its instructions."),
      Key("interrupt-chip", words(InterruptChip.self), "Where its interrupt controller is emulated."),
      Key(
        "root-bus-bypasses-iommu",
        .bool,
        required: true,
        "Whether the main root bus is not behind the guest IOMMU."
      ),
      Key("pci-hole64", bytes, "The least 64-bit PCI hole, in bytes."),
      Key("processors", bytes, required: true, "How many processors."),
      Key("processor-model", .text, required: true, "Their model."),
      Key("raw-arguments", .list(.text), required: true, "Arguments kept verbatim after ours."),
      Key("passes-descriptors", .bool, required: true, "Whether open files are passed to the hypervisor."),
    ]
  )

  static let memory = KeyTable(
    "memory",
    "Guest RAM.",
    [
      Key("size", bytes, required: true, "Bytes at boot."),
      Key("maximum", bytes, required: true, "Bytes it may grow to."),
      Key("slots", bytes, required: true, "Slots for modules."),
      Key("huge-page-size", bytes, "Bytes of a page of the backing."),
      Key("backing", words(MemoryBacking.self), required: true, "What lies behind it on the host."),
      Key("path", .text, "The file or folder of the backing."),
      Key("shared", .bool, required: true, "Whether the backing is shared."),
      Key("preallocated", .bool, required: true, "Whether it is allocated at the start."),
      Key("nodes", .list(.mapping(memoryNode)), required: true, "NUMA nodes."),
      Key("ranges", .list(.mapping(memoryRange)), required: true, "Where it lies."),
    ]
  )

  static let memoryNode = KeyTable(
    "memory-node",
    "A NUMA node of the guest.",
    [
      Key("number", bytes, required: true, "Its number."),
      Key("size", bytes, required: true, "Its bytes of RAM."),
      Key("cpus", .text, "Its processors."),
      Key("host-nodes", .list(bytes), required: true, "The host nodes its RAM comes from."),
    ]
  )

  static let memoryRange = KeyTable(
    "memory-range",
    "A range of guest physical addresses that is RAM.",
    [
      Key("name", .text, required: true, "Unique in the guest."),
      Key("start", .shaped(.hexNumber), required: true, "The first address."),
      Key("size", bytes, required: true, "Bytes."),
    ]
  )

  static let guestIOMMU = KeyTable(
    "guest-iommu",
    "The IOMMU device a guest sees; what is left out is the hypervisor's default.",
    [
      Key("model", words(GuestIOMMU.self), required: true, "The model."),
      Key("caching-mode", .bool, "Whether it tells of every mapping."),
      Key("address-bits", bytes, "Bits of a bus address."),
      Key("interrupt-remapping", .bool, "Whether it remaps interrupts."),
      Key("extended-interrupt-mode", .bool, "Whether it serves more than 255 processors."),
      Key("x2apic-support", .bool, "The same of AMD."),
      Key("device-iotlb", .bool, "Whether devices may cache translations."),
      Key("snoop-control", .bool, "Whether it controls snooping."),
      Key("dma-drain", .bool, "Whether it drains DMA."),
      Key("scalable-mode", .bool, "Whether it has scalable mode."),
      Key("first-stage", .bool, "Whether it walks first-stage tables."),
      Key("pasid", .bool, "Whether it has process address spaces."),
      Key("dma-translation", .bool, "Whether it translates DMA."),
      Key("dma-remap", .bool, "Whether AMD's remaps DMA of assigned devices."),
      Key("granule", .text, "The smallest page it offers."),
      Key("boot-bypass", .bool, "Whether DMA passes before its driver is there."),
      Key("slot", bytes, "Its slot on the root bus."),
      Key("properties", .list(.mapping(property)), required: true, "Further properties, verbatim."),
      origin,
    ]
  )

  static let property = KeyTable(
    "property",
    "A property of the hypervisor's device.",
    [
      Key("name", .text, required: true, "Its name."),
      Key("value", .scalar, required: true, "Its value."),
    ]
  )

  static let group = KeyTable(
    "group",
    "An IOMMU group: a set of addresses.",
    [
      Key("name", .shaped(.pciAddress), required: true, "Its lowest member."),
      Key("members", .list(.shaped(.pciAddress)), required: true, "All members."),
    ]
  )

  static let container = KeyTable(
    "container",
    "One set of DMA mappings: a VFIO container, or an IOAS.",
    [
      Key("name", .text, required: true, "Its name."),
      Key("model", words(IOMMUModel.self), required: true, "The IOMMU model."),
      Key("use", words(IOMMUUse.self), required: true, "How its mappings come to be."),
      Key("bridge", .text, "The host bridge it belongs to; left out where bridges share it."),
      Key("groups", .list(.shaped(.pciAddress)), required: true, "The groups that join it, in order."),
      Key("ranges", .list(.mapping(range)), required: true, "Bus addresses the host is known to accept."),
      Key("windows", .list(.mapping(window)), required: true, "DMA windows, the default one first."),
      origin,
    ]
  )

  static let range = KeyTable(
    "range",
    "Bus addresses, both ends included.",
    [
      Key("start", .shaped(.hexNumber), required: true, "The first address."),
      Key("last", .shaped(.hexNumber), required: true, "The last address."),
    ]
  )

  static let window = KeyTable(
    "window",
    "A DMA window of a PAPR host bridge.",
    [
      Key("kind", words(PlannedWindow.Kind.self), required: true, "Whether it exists at boot."),
      Key("start", .shaped(.hexNumber), required: true, "Its first bus address."),
      Key("size", bytes, required: true, "Bytes, a power of two."),
      Key("page-size", bytes, required: true, "Bytes of its pages."),
      Key("levels", bytes, required: true, "Levels of its table."),
      Key("table-bytes", bytes, required: true, "Bytes charged for its table."),
    ]
  )

  static let lockedMemory = KeyTable(
    "locked-memory",
    "Memory the hypervisor's process must be allowed to lock.",
    [
      Key("parts", .list(.mapping(lockedPart)), required: true, "The summands."),
      Key("allowed", bytes, "Bytes allowed; left out where that is not known."),
      Key("unlimited", .bool, required: true, "Whether there is no limit."),
    ]
  )

  static let lockedPart = KeyTable(
    "locked-part",
    "A summand of locked memory.",
    [
      Key("what", .text, required: true, "What is locked."),
      Key("bytes", bytes, required: true, "How much."),
    ]
  )

  static let decision = KeyTable(
    "decision",
    "A choice and its reason.",
    [
      Key("path", .text, required: true, "The path of what was decided."),
      Key("choice", .scalar, required: true, "What was chosen."),
      Key("reason", .text, required: true, "Why."),
    ]
  )
}
