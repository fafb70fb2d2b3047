import VFIOPlan
import VFIOTypes

extension QEMUFragment {
  /// The id of the guest IOMMU.
  static let guestIOMMU = "guest_iommu"

  /// The IOMMU the guest sees; it stands before every device.
  mutating func addGuestIOMMU() {
    guard let viommu = guest.viommu else { return }
    switch viommu.model {
    case .intel: addIntel(viommu)
    case .amd: addAMD(viommu)
    case .virtio: addVirtio(viommu)
    case .smmuv3: checkSMMUv3(viommu)
    case .riscv: refuse("a RISC-V IOMMU with assigned devices is not known to this back-end", viommu.origin)
    case .none, .papr, .zpci: break
    }
  }

  /// QEMU 10.0, hw/i386/intel_iommu.c: vtd_properties, and hw/i386/x86-iommu.c: x86_iommu_properties.
  private mutating func addIntel(_ viommu: PlannedGuestIOMMU) {
    var properties: [ArgumentProperty] = []
    properties.add("id", QEMUFragment.guestIOMMU)
    properties.add("intremap", word: viommu.interruptRemapping)
    properties.add("caching-mode", viommu.cachingMode)
    properties.add("eim", word: viommu.extendedInterruptMode)
    properties.add("aw-bits", viommu.addressBits)
    properties.add("device-iotlb", viommu.deviceIOTLB)
    properties.add("snoop-control", viommu.snoopControl)
    properties.add("dma-drain", viommu.dmaDrain)
    properties.add("x-scalable-mode", viommu.scalableMode)
    properties.add("x-flts", viommu.firstStage)
    properties.add("x-pasid-mode", viommu.pasid)
    properties.add("dma-translation", viommu.dmaTranslation)
    // First versions: QEMU's history of hw/i386/intel_iommu.c.
    if viommu.snoopControl != nil { need(Version(7, 0), for: "snoop control", viommu.origin) }
    if viommu.dmaTranslation != nil { need(Version(7, 1), for: "'dma-translation'", viommu.origin) }
    if viommu.pasid != nil { need(Version(7, 2), for: "PASID", viommu.origin) }
    if viommu.firstStage != nil { need(Version(10, 0), for: "first-stage translation", viommu.origin) }
    refuseForeign(
      viommu,
      [
        ("xtsup", viommu.x2apicSupport != nil), ("dma-remap", viommu.dmaRemap != nil),
        ("granule", viommu.granule != nil), ("boot-bypass", viommu.bootBypass != nil),
        ("slot", viommu.slot != nil),
      ]
    )
    addGuestIOMMU("intel-iommu", properties, viommu)
  }

  /// QEMU 10.0, hw/i386/amd_iommu.c: amdvi_properties.
  private mutating func addAMD(_ viommu: PlannedGuestIOMMU) {
    var properties: [ArgumentProperty] = []
    properties.add("id", QEMUFragment.guestIOMMU)
    properties.add("intremap", word: viommu.interruptRemapping)
    properties.add("xtsup", viommu.x2apicSupport)
    properties.add("device-iotlb", viommu.deviceIOTLB)
    properties.add("dma-remap", viommu.dmaRemap)
    // First versions: QEMU's history of hw/i386/amd_iommu.c; neither is in 9.1.
    if viommu.x2apicSupport != nil { need(Version(9, 2), for: "'xtsup'", viommu.origin) }
    if viommu.dmaRemap != nil { need(Version(10, 2), for: "'dma-remap'", viommu.origin) }
    refuseForeign(
      viommu,
      [
        ("caching-mode", viommu.cachingMode != nil), ("aw-bits", viommu.addressBits != nil),
        ("eim", viommu.extendedInterruptMode != nil), ("snoop-control", viommu.snoopControl != nil),
        ("dma-drain", viommu.dmaDrain != nil), ("scalable-mode", viommu.scalableMode != nil),
        ("first-stage", viommu.firstStage != nil), ("pasid", viommu.pasid != nil),
        ("dma-translation", viommu.dmaTranslation != nil), ("granule", viommu.granule != nil),
        ("boot-bypass", viommu.bootBypass != nil), ("slot", viommu.slot != nil),
      ]
    )
    addGuestIOMMU("amd-iommu", properties, viommu)
  }

  /// QEMU 10.0, hw/virtio/virtio-iommu.c: virtio_iommu_properties.
  private mutating func addVirtio(_ viommu: PlannedGuestIOMMU) {
    var properties: [ArgumentProperty] = []
    properties.add("id", QEMUFragment.guestIOMMU)
    if let slot = viommu.slot, let root = guest.bridges.first {
      properties.add("bus", root.bus)
      properties.add("addr", QEMUAddress.text(slot: slot, function: 0))
    }
    properties.add("boot-bypass", viommu.bootBypass)
    properties.add("granule", viommu.granule.map(QEMUFragment.granule))
    properties.add("aw-bits", viommu.addressBits)
    need(Version(guest.machine.architecture == .x86 ? 6 : 5, 2), for: "virtio-iommu", viommu.origin)
    if viommu.bootBypass != nil { need(Version(7, 0), for: "'boot-bypass'", viommu.origin) }
    if viommu.granule != nil { need(Version(9, 0), for: "'granule'", viommu.origin) }
    if viommu.addressBits != nil { need(Version(9, 0), for: "'aw-bits' of virtio-iommu", viommu.origin) }
    refuseForeign(
      viommu,
      [
        ("caching-mode", viommu.cachingMode != nil), ("eim", viommu.extendedInterruptMode != nil),
        ("interrupt-remapping", viommu.interruptRemapping != nil), ("xtsup", viommu.x2apicSupport != nil),
        ("device-iotlb", viommu.deviceIOTLB != nil), ("snoop-control", viommu.snoopControl != nil),
        ("dma-drain", viommu.dmaDrain != nil), ("scalable-mode", viommu.scalableMode != nil),
        ("first-stage", viommu.firstStage != nil), ("pasid", viommu.pasid != nil),
        ("dma-translation", viommu.dmaTranslation != nil), ("dma-remap", viommu.dmaRemap != nil),
      ]
    )
    addGuestIOMMU("virtio-iommu-pci", properties, viommu)
  }

  /// The words of QEMU's `GranuleMode`: QEMU 10.0, qapi/virtio.json.
  private static func granule(_ word: String) -> String {
    word.hasSuffix("KiB") ? word.dropLast(3) + "k" : word
  }

  /// An SMMUv3 is an option of the machine; only its own device, which is newer, has settings.
  private mutating func checkSMMUv3(_ viommu: PlannedGuestIOMMU) {
    var plain = PlannedGuestIOMMU(model: .smmuv3, origin: viommu.origin)
    plain.slot = viommu.slot
    if viommu != plain { refuse("the machine's SMMUv3 takes no settings", viommu.origin) }
    if guest.bridges.contains(where: { $0.use == .nested }) {
      refuse("an accelerated SMMUv3 is not known to this back-end", viommu.origin)
    }
  }

  /// Settings of the guest file that the device of this model does not have.
  private mutating func refuseForeign(_ viommu: PlannedGuestIOMMU, _ settings: [(name: String, isSet: Bool)])
  {
    for setting in settings where setting.isSet {
      refuse("QEMU's '\(viommu.model.rawValue)' IOMMU has no setting '\(setting.name)'", viommu.origin)
    }
  }

  private mutating func addGuestIOMMU(
    _ driver: String,
    _ properties: [ArgumentProperty],
    _ viommu: PlannedGuestIOMMU
  ) {
    // The types of verbatim properties are not known, and only the comma form does without.
    add(
      .device(
        driver: driver,
        properties + viommu.properties.map { ArgumentProperty($0.name, .text($0.value)) }
      ),
      form: viommu.properties.isEmpty ? form : .comma,
      viommu.origin,
      reason(
        "guest IOMMU, before all devices",
        "\(guest.origin.path).viommu.caching-mode",
        "\(guest.origin.path).viommu.slot"
      )
    )
  }
}
