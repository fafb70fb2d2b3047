/// The IOMMU a guest sees.
public enum GuestIOMMU: String, Hashable, Sendable, CaseIterable {
  /// None: a device's DMA address is a guest physical address.
  case none
  /// Intel VT-d, QEMU's `intel-iommu`.
  case intel
  /// AMD-Vi, QEMU's `amd-iommu`.
  case amd
  /// QEMU's `virtio-iommu-pci`.
  case virtio
  /// ARM SMMUv3.
  case smmuv3
  /// RISC-V IOMMU.
  case riscv
  /// The TCE tables every PAPR guest has, one set a host bridge; there is no switch.
  case papr
  /// The translation of the s390 PCI instructions; there is no switch.
  case zpci
}
