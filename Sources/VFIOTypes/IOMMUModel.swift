/// What the host kernel offers to map DMA with: the kernel's own word for the types of `VFIO_SET_IOMMU`, and iommufd
/// beside them.
///
/// It says nothing about how a container is used (`IOMMUUse`) nor about what the guest sees (`GuestIOMMU`).
public enum IOMMUModel: String, Hashable, Sendable, CaseIterable {
  /// `VFIO_TYPE1_IOMMU` (1).
  case type1
  /// `VFIO_TYPE1v2_IOMMU` (3).
  case type1v2
  /// `VFIO_SPAPR_TCE_IOMMU` (2).
  case spaprTCE = "spapr-tce"
  /// `VFIO_SPAPR_TCE_v2_IOMMU` (7).
  case spaprTCEv2 = "spapr-tce-v2"
  /// An IOAS of `/dev/iommu`, devices attached by their cdev.
  case iommufd
  /// `VFIO_NOIOMMU_IOMMU` (8): no translation at all, never for a guest.
  case noIOMMU = "noiommu"

  /// Whether it is one of the two sPAPR TCE models.
  public var isSPAPR: Bool { self == .spaprTCE || self == .spaprTCEv2 }
}
