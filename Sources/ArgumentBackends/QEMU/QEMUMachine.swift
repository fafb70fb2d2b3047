import VFIOPlan
import VFIOTypes

extension QEMUFragment {
  /// Machine, processors and what the machine itself is told.
  mutating func addMachine() {
    let machine = guest.machine
    switch machine.type.family {
    case .pseries, .q35, .pc, .virt: break
    case .s390, .powernv, .unknown:
      refuse("host bridges of machine '\(machine.type.text)' are not known to this back-end", guest.origin)
    }
    var properties: [ArgumentProperty] = []
    properties.add("accel", machine.accelerator.rawValue)
    addInterruptChip(&properties)
    addMachineIOMMU(&properties)
    if usesBackingOfWholeMemory { properties.add("memory-backend", QEMUFragment.wholeMemory) }
    add(
      .machine(machine.type.text, properties),
      guest.origin,
      reason("machine of guest '\(guest.name)'", "\(guest.origin.path).irqchip")
    )
    add(
      .verbatim(option: "cpu", value: machine.processorModel),
      guest.origin,
      reason("processors", "\(guest.origin.path).cpu.model")
    )
    add(.option("smp", first: String(machine.processors), []), guest.origin, "processors")
  }

  private mutating func addInterruptChip(_ properties: inout [ArgumentProperty]) {
    guard let chip = guest.machine.interruptChip else { return }
    switch chip {
    case .kernel: properties.add("kernel-irqchip", "on")
    case .user: properties.add("kernel-irqchip", "off")
    case .split:
      // QEMU 10.0, hw/ppc/spapr_irq.c: spapr_irq_init and target/arm/kvm.c: kvm_arch_irqchip_create refuse it.
      switch guest.machine.type.family {
      case .q35, .pc, .unknown: break
      case .pseries, .virt, .s390, .powernv:
        refuse("a split interrupt chip exists on x86 only", guest.origin)
      }
      properties.add("kernel-irqchip", "split")
    }
  }

  /// What of guest IOMMU and bypass is an option of the machine.
  private mutating func addMachineIOMMU(_ properties: inout [ArgumentProperty]) {
    if let viommu = guest.viommu, viommu.model == .smmuv3 { properties.add("iommu", "smmuv3") }
    guard guest.machine.rootBusBypassesIOMMU else { return }
    switch guest.machine.type.family {
    case .q35, .virt:
      need(Version(6, 1), for: "a main root bus that bypasses the guest IOMMU", guest.origin)
      properties.add("default-bus-bypass-iommu", true)
    case .pc, .pseries, .s390, .powernv, .unknown:
      // QEMU 10.0, hw/pci-host/q35.c reads the machine's property and hw/pci-host/i440fx.c does not.
      refuse(
        "the main root bus of machine '\(guest.machine.type.text)' cannot bypass the guest IOMMU",
        guest.origin
      )
    }
  }

  /// Properties of things that exist without an argument of their own.
  mutating func addDefaultsOfBuiltIns() {
    if let hole = guest.machine.pciHole64 { addHole(hole) }
    addDefaultsOfBuiltInPHB()
  }

  private mutating func addHole(_ hole: UInt64) {
    let driver: String
    switch guest.machine.type.family {
    case .q35: driver = "q35-pcihost"
    case .pc: driver = "i440FX-pcihost"
    case .pseries, .virt, .s390, .powernv, .unknown:
      refuse("machine '\(guest.machine.type.text)' has no 64-bit PCI hole to size", guest.origin)
      return
    }
    add(
      .global(driver: driver, ArgumentProperty("pci-hole64-size", .number(hole))),
      guest.origin,
      "64-bit PCI hole of \(ByteCount(hole).sentence)"
    )
  }

  mutating func addRawArguments() {
    for word in guest.machine.rawArguments { add(.raw(word), guest.origin, "as it is written") }
  }
}
