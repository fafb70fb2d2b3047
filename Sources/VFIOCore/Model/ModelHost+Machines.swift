public import VFIOTypes

/// Groups behind other IOMMUs than Intel's, as QEMU emulates them and Linux 6.12 reports them.
extension ModelGroup {
  /// A group behind AMD's: all addresses but those of interrupts and of HyperTransport, page sizes up to the whole.
  ///
  /// Measured on QEMU 10's `amd-iommu`; Linux 6.12 amd/iommu.c: amd_iommu_get_resv_regions.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - devices: all members.
  /// - Returns: the group.
  public static func amd(_ id: IOMMUGroupID, devices: [ModelDevice]) -> ModelGroup {
    var group = ModelGroup(id, devices: devices)
    group.aperture = [IOVARange(start: 0, last: UInt64.max)]
    group.pageSizes = PageSizes(mask: 0xf_ff7f_ffff_f000)
    group.reserved.append(IOVARange(start: 0xfd_0000_0000, last: 0xff_ffff_ffff))
    group.hardware = .unknown
    return group
  }

  /// A group behind virtio-iommu: 39 bits, any pages from 4 KiB on, interrupts not remapped.
  ///
  /// Measured on QEMU 10's `virtio-iommu-pci` of a machine `q35`.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - devices: all members.
  /// - Returns: the group.
  public static func virtio(_ id: IOMMUGroupID, devices: [ModelDevice]) -> ModelGroup {
    var group = ModelGroup(id, devices: devices)
    group.aperture = [IOVARange(start: 0, last: 0x7f_ffff_ffff)]
    group.makesWholeTables = false
    group.pageSizes = PageSizes(mask: 0xffff_ffff_ffff_f000)
    group.remapsInterrupts = false
    group.hardware = .unknown
    return group
  }

  /// A group behind ARM's SMMUv3 of 48 bits, whose interrupts the GIC's ITS isolates.
  ///
  /// The MSI window is one of software, where the kernel maps the doorbell: Linux 6.12 arm-smmu-v3.c: MSI_IOVA_BASE. Page sizes
  /// are those of the kernel's own granule: io-pgtable-arm.c: arm_lpae_restrict_pgsizes.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - devices: all members.
  ///   - pageSize: bytes of a page of the processor, 4 KiB or 64 KiB.
  /// - Returns: the group.
  public static func smmuv3(
    _ id: IOMMUGroupID,
    devices: [ModelDevice],
    pageSize: UInt64 = 4096
  ) -> ModelGroup {
    var group = ModelGroup(id, devices: devices)
    group.pageSizes = PageSizes(mask: pageSize == 0x1_0000 ? 0x2001_0000 : 0x4020_1000)
    group.reserved = [IOVARange(start: 0x800_0000, last: 0x80f_ffff)]
    group.hardware = .unknown
    return group
  }

  /// A group that VFIO made for a device without an IOMMU.
  ///
  /// - Parameters:
  ///   - id: its number.
  ///   - device: its only member.
  /// - Returns: the group.
  public static func noIOMMU(_ id: IOMMUGroupID, _ device: ModelDevice) -> ModelGroup {
    var group = ModelGroup(id, devices: [device])
    group.aperture = []
    group.reserved = []
    group.remapsInterrupts = false
    group.hardware = .unknown
    group.isNoIOMMU = true
    return group
  }
}

extension IOMMUHardware {
  /// What an IOMMU is whose driver tells nothing of it: `IOMMU_HW_INFO_TYPE_NONE`.
  fileprivate static let unknown = IOMMUHardware(
    dataType: 0,
    data: [],
    size: 0,
    pasidBits: 0,
    capabilities: []
  )
}
