public import VFIOTypes

/// Something that can be opened: a node of `/dev`, or a counter for interrupts.
public enum Node: Hashable, Sendable {
  /// `/dev/vfio/vfio`: each opening is a container of its own.
  case container
  /// `/dev/vfio/<number>`: one opening at a time.
  case group(IOMMUGroupID)
  /// `/dev/vfio/noiommu-<number>`: a group that no IOMMU stands behind; it needs `CAP_SYS_RAWIO`.
  ///
  /// Linux 6.12 drivers/vfio/group.c: vfio_group_fops_open.
  case noIOMMUGroup(IOMMUGroupID)
  /// `/dev/iommu`: each opening is an iommufd of its own.
  case iommufd
  /// `/dev/vfio/devices/vfio<number>`: a device without its group; the number stands in the device's folder `vfio-dev`.
  case deviceNode(UInt32)
  /// A counter that interrupts are delivered to, starting at 0: `eventfd(2)`, closed on exec and never blocking.
  case eventfd

  /// The call that opens it.
  public var call: Call {
    switch self {
    case .container, .group, .noIOMMUGroup, .iommufd, .deviceNode: .open
    case .eventfd: .eventfd
    }
  }
}
