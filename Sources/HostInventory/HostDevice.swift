package import Diagnostics
package import VFIOTypes

/// A PCI function of the host.
package struct HostDevice: Hashable, Sendable {
  /// Numbers as hexadecimal text: small letters, no `0x`.
  package struct Identity: Hashable, Sendable {
    package var vendor: String
    package var device: String
    package var subvendor: String?
    package var subdevice: String?
    /// Six digits: class, subclass, interface.
    package var classCode: String

    package init(vendor: String, device: String, subvendor: String?, subdevice: String?, classCode: String) {
      self.vendor = vendor
      self.device = device
      self.subvendor = subvendor
      self.subdevice = subdevice
      self.classCode = classCode
    }
  }

  package enum Driver: Hashable, Sendable {
    case none
    case bound(String)

    package var name: String? {
      switch self {
      case .none: nil
      case .bound(let name): name
      }
    }
  }

  package struct BAR: Hashable, Sendable {
    package var index: Int
    package var size: UInt64
    package var isIO: Bool
    package var is64Bit: Bool
    package var isPrefetchable: Bool

    package init(index: Int, size: UInt64, isIO: Bool, is64Bit: Bool, isPrefetchable: Bool) {
      self.index = index
      self.size = size
      self.isIO = isIO
      self.is64Bit = is64Bit
      self.isPrefetchable = isPrefetchable
    }
  }

  package struct SRIOV: Hashable, Sendable {
    package var total: Int
    package var current: Int

    package init(total: Int, current: Int) {
      self.total = total
      self.current = current
    }
  }

  package var address: PCIAddress
  package var identity: Identity?
  /// 0: an ordinary function; 1: a bridge.
  package var headerType: Int?
  package var isExpress: Bool?
  package var bars: [BAR]?
  package var msixVectors: Int?
  /// Nil: not known.
  package var driver: Driver?
  package var driverOverride: String?
  /// Whether its driver is a VFIO driver: the folder `vfio-dev` is there.
  package var isOnVFIODriver: Bool?
  /// Its own character device of VFIO, where there is one.
  package var access: HostSnapshot.Access?
  package var resetMethods: [String]?
  /// Nil: unknown or none.
  package var numa: Int?
  package var physicalFunction: PCIAddress?
  package var sriov: SRIOV?
  package var isBootVGA: Bool?
  package var serial: String?
  /// Classes of use by the host: `root-disk`, `default-route`.
  package var inUse: [String]?
  /// The position of its group in the snapshot, tied by `HostSnapshot.setDevices`.
  package var group: Int?
  /// Where it stands in a document.
  package var range: SourceRange?

  package init(address: PCIAddress) { self.address = address }

  /// Whether it is a bridge by header or class; nil where neither is known.
  package var isBridge: Bool? {
    if let headerType { return headerType & 0x7f != 0 }
    return identity.map { $0.classCode.hasPrefix("0604") }
  }

  /// Whether its driver does DMA for the host, so that its group is not viable.
  ///
  /// No driver, a VFIO driver and the drivers that declare they do none are in nobody's way. Linux 6.12,
  /// drivers/base/dd.c and drivers/iommu/iommu.c: iommu_device_use_default_domain; driver_managed_dma is set by
  /// drivers/pci/pcie/portdrv.c and drivers/pci/pci-stub.c.
  package var blocksGroup: Bool? {
    guard let driver else { return nil }
    switch driver {
    case .none: return false
    case .bound(let name):
      return isOnVFIODriver != true && !["vfio-pci", "pcieport", "pci-stub", "shpchp"].contains(name)
    }
  }

  package static func == (left: HostDevice, right: HostDevice) -> Bool {
    var one = left
    var other = right
    // Where it stands, and what follows from the groups, are no facts of the device.
    one.range = nil
    other.range = nil
    one.group = nil
    other.group = nil
    return one.address == other.address && one.identity == other.identity
      && one.headerType == other.headerType
      && one.isExpress == other.isExpress && one.bars == other.bars && one.msixVectors == other.msixVectors
      && one.driver == other.driver && one.driverOverride == other.driverOverride
      && one.isOnVFIODriver == other.isOnVFIODriver && one.access == other.access
      && one.resetMethods == other.resetMethods
      && one.numa == other.numa && one.physicalFunction == other.physicalFunction && one.sriov == other.sriov
      && one.isBootVGA == other.isBootVGA && one.serial == other.serial && one.inUse == other.inUse
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(address) }
}
