/// How the DMA mappings of a container or IOAS come to be: a fact of its own, not a detail of the IOMMU model.
///
/// Source: qemu-ppc list, 23 April 2013, D. Gibson, on "vfio on ppc64".
public enum IOMMUUse: String, Hashable, Sendable, CaseIterable {
  /// All guest RAM is mapped at its guest physical address by a memory listener; any container that accepts the group
  /// is right.
  case mapAll = "map-all"
  /// The guest programs an IOMMU of its own and its mappings are replayed; the container is told, never found.
  case guestVisible = "guest-visible"
  /// The hardware walks the guest's tables; the host side is mapped whole.
  case nested
}
