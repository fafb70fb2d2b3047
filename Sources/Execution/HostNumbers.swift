public import VFIOTypes

/// Where the nodes of groups and devices are, asked when each is opened: their numbers change with every boot, and with every binding.
@usableFromInline
package struct HostNumbers {
  /// The number of a group by its lowest member; nil where the host has none.
  @usableFromInline package var group: (PCIAddress) -> IOMMUGroupID?
  /// The number of a device's own node, N of `/dev/vfio/devices/vfioN`; nil where it has none.
  package var deviceNode: (PCIAddress) -> UInt32?

  package init(
    group: @escaping (PCIAddress) -> IOMMUGroupID?,
    deviceNode: @escaping (PCIAddress) -> UInt32? = { _ in nil }
  ) {
    self.group = group
    self.deviceNode = deviceNode
  }
}
