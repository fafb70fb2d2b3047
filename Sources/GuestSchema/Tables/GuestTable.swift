import KeyTables
import VFIOTypes

extension GuestTables {
  static let guest = KeyTable(
    "guest",
    "One guest.",
    [
      use,
      Key(
        "machine",
        .text,
        example: "q35",
        "The machine type: pseries, q35, pc (i440fx), virt, s390-ccw-virtio, or a versioned name of one."
      ),
      Key(
        "arch",
        .words(words(GuestArchitecture.self)),
        "The instruction set; follows the machine, 'virt' the host."
      ),
      Key("hypervisor", .mapping(hypervisor), "The program that runs the guest."),
      Key("cpu", .mapping(cpu), "The guest's processors."),
      Key("memory", .scalarOrMapping(.shaped(.size), memory), example: "64GiB", "The guest's memory."),
      Key(
        "numa",
        .named(.number, numa),
        example: "{0: {memory: 32GiB}}",
        "NUMA nodes of the guest, by number."
      ),
      Key("balloon", .bool, standard: "false", "Whether the guest has a memory balloon."),
      Key(
        "confidential",
        .words(words(Guest.Confidential.self)),
        standard: "none",
        "Memory encryption of the guest."
      ),
      Key(
        "migration",
        .words(words(Guest.Migration.self)),
        standard: "none",
        "Whether the guest is to migrate."
      ),
      Key("firmware", .words(words(Guest.Firmware.self)), "What starts the guest; follows the machine."),
      Key("acpi", .bool, standard: "true", "Whether the guest has ACPI."),
      Key("pci-hole64", .wordsOr(["auto"], .shaped(.size)), standard: "auto", "The least 64-bit PCI hole."),
      Key(
        "mmio64-window",
        .wordsOr(["auto"], .shaped(.size)),
        standard: "auto",
        "The firmware's 64-bit window."
      ),
      Key(
        "irqchip",
        .words(["auto"] + words(InterruptChip.self)),
        standard: "auto",
        "Where interrupts are emulated."
      ),
      Key(
        "interrupts",
        .words(["auto"] + words(Guest.Interrupts.self)),
        standard: "auto",
        "The interrupt controller."
      ),
      Key("vga", .words(words(Guest.VGA.self)), standard: "none", "The emulated display."),
      iommuModel,
      Key(
        "pass-descriptors",
        .bool,
        standard: "false",
        "Whether opened descriptors are handed to the hypervisor."
      ),
      Key("viommu", .mapping(viommu), "The IOMMU the guest sees."),
      Key(
        "bridges",
        .named(.name, bridge),
        example: "{net: {devices: [\"0000:01:00.0\"]}}",
        "The guest's host bridges by name."
      ),
    ]
  )

  static let hypervisor = KeyTable(
    "hypervisor",
    "The program that runs the guest, and its process.",
    [
      Key("name", .words(words(HypervisorName.self)), standard: "qemu", "The program."),
      Key("version", .shaped(.version), example: "\"10.0\"", "Its version; the newest known where left out."),
      Key("accelerator", .words(words(Accelerator.self)), standard: "kvm", "What executes the guest."),
      Key("user", .text, example: "qemu", "The user it runs as."),
      Key(
        "memlock",
        .wordsOr(["auto", "unlimited"], .shaped(.size)),
        standard: "auto",
        "How much memory it may lock; the user's limit in the snapshot where left out."
      ),
      Key("open-files", .integer(1...Int.max), "How many files it may open."),
      Key(
        "raw-arguments",
        .list(.text),
        example: "[\"-name\", \"db1\"]",
        "The user's own arguments, kept verbatim after the printed ones."
      ),
    ]
  )

  static let cpu = KeyTable(
    "cpu",
    "The guest's processors.",
    [
      Key("count", .integer(1...65536), standard: "1", "How many."),
      Key("model", .text, standard: "host", example: "EPYC", "The model."),
      Key("vendor", .words(words(Processors.Vendor.self)), standard: "host", "The vendor the guest sees."),
      Key("phys-bits", .wordsOr(["host"], .integer(32...64)), "Bits of a guest physical address."),
    ]
  )

  static let memory = KeyTable(
    "memory",
    "The guest's memory.",
    [
      Key("size", .shaped(.size), example: "64GiB", "RAM at boot."),
      Key("max", .shaped(.size), "RAM with all modules plugged."),
      Key("slots", .integer(0...256), standard: "0", "How many modules can be plugged."),
      Key("hugepages", .shaped(.size), example: "1GiB", "The page size that backs the RAM."),
      Key("backing", .words(words(MemoryBacking.self)), "What lies behind the RAM; follows 'hugepages'."),
      Key("path", .text, example: "/dev/hugepages", "The folder or file behind it; never opened by a check."),
      Key("file-system", .text, example: "hugetlbfs", "The file system of the path."),
      Key("share", .bool, standard: "false", "Whether other processes may map it."),
      Key("prealloc", .bool, standard: "false", "Whether it is filled at start."),
      Key("merge", .bool, standard: "false", "Whether equal pages are merged."),
      Key("locked", .bool, standard: "false", "Whether all memory of the process is locked."),
      Key("read-only", .bool, standard: "false", "Whether the backing is read-only."),
      Key("modules", .list(.mapping(module)), "Modules that are plugged in."),
    ]
  )

  static let module = KeyTable(
    "memory-module",
    "A memory module.",
    [
      Key("kind", .words(words(Memory.Module.Kind.self)), required: true, example: "dimm", "What it is."),
      Key("size", .shaped(.size), required: true, example: "4GiB", "Its size."),
      Key("block", .shaped(.size), "The block size of virtio-mem."),
      Key("node", .integer(0...1023), "Its NUMA node."),
      Key("backing", .words(words(MemoryBacking.self)), "What lies behind it."),
      Key("path", .text, example: "/dev/dax0.0", "The file behind it."),
    ]
  )

  static let numa = KeyTable(
    "numa-node",
    "A NUMA node of the guest.",
    [
      Key("memory", .shaped(.size), example: "32GiB", "Its RAM."),
      Key("cpus", .text, example: "0-15", "Its processors."),
      Key("host-nodes", .list(.integer(0...1023)), example: "[0]", "The host nodes its RAM comes from."),
    ]
  )

  static let viommu = KeyTable(
    "viommu",
    "The IOMMU the guest sees; pseries and s390 guests have one built in.",
    [
      Key(
        "model",
        .words([.none, .intel, .amd, .virtio, .smmuv3, .riscv].map(\GuestIOMMU.rawValue)),
        example: "intel",
        "Which one."
      ),
      Key(
        "caching-mode",
        .wordsOr(["auto"], .bool),
        standard: "auto",
        "Intel: the guest tells of every mapping."
      ),
      Key("aw-bits", .wordsOr(["auto"], .integer(20...64)), standard: "auto", "Bits of an IOVA."),
      Key(
        "interrupt-remapping",
        .wordsOr(["auto"], .bool),
        standard: "auto",
        "Whether interrupts are remapped."
      ),
      Key("eim", .wordsOr(["auto"], .bool), standard: "auto", "Intel: extended interrupt mode."),
      Key("xtsup", .wordsOr(["auto"], .bool), standard: "auto", "AMD: x2APIC support."),
      Key("device-iotlb", .bool, standard: "false", "Whether devices may cache translations."),
      Key("snoop-control", .bool, standard: "false", "Intel: snoop control."),
      Key("dma-drain", .bool, standard: "true", "Intel: DMA draining."),
      Key("scalable-mode", .bool, standard: "false", "Intel: scalable mode."),
      Key("first-stage", .bool, standard: "false", "Intel: first-stage translation."),
      Key("pasid", .bool, standard: "false", "Intel: process address space ids."),
      Key("dma-translation", .bool, standard: "true", "Intel: translation at all."),
      Key("dma-remap", .bool, standard: "false", "AMD: remapping for assigned devices."),
      Key(
        "granule",
        .words(words(GuestIOMMUSettings.Granule.self)),
        standard: "host",
        "virtio: the page size."
      ),
      Key(
        "boot-bypass",
        .bool,
        standard: "true",
        "virtio: whether DMA passes before the guest's driver loads."
      ),
      Key(
        "slot",
        .wordsOr(["auto"], .integer(0...31)),
        standard: "auto",
        "Its slot, for models that are a PCI device."
      ),
      Key("bridge", .shaped(.name), "The bridge it sits on or serves."),
      Key("accelerated", .bool, standard: "false", "SMMUv3: whether hardware walks the guest's tables."),
      Key(
        "properties",
        .free(.scalar),
        example: "{x-flush: true}",
        "Further properties of the hypervisor's device, verbatim."
      ),
    ]
  )
}
