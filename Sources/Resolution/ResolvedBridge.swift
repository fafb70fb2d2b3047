package import Diagnostics
package import GuestSchema
package import VFIOTypes

/// A host bridge of a guest, written or built in.
package struct ResolvedBridge: Sendable {
  package var index: Int
  /// Its position in the guest's list; nil for the built-in one that the file does not name.
  package var position: Int?
  /// Empty settings for a bridge that is not written.
  package var configuration: HostBridge
  package var name: String
  package var kind: Chosen<HostBridgeKind>
  /// Exists without being asked for: PHB 0, the root of q35, pc and virt.
  package var isBuiltIn: Bool
  /// The PAPR index; nil for other kinds.
  package var phbIndex: Chosen<Int>?
  package var busNumber: Chosen<Int>?
  package var numa: Chosen<Int>?
  package var use: Chosen<IOMMUUse>
  package var model: Chosen<IOMMUModel>
  /// Whether a guest IOMMU is there and not asked for this bridge.
  package var bypassesIOMMU: Bool
  /// The id of its root bus: `pcie.0`, `pci.0`, `net.0`.
  package var bus: String
  /// Where an expander sits on the main root bus.
  package var address: ResolvedAddress?
  /// Whether the guest may create windows at run time; PAPR only.
  package var ddw: Chosen<Bool>?
  /// Positions of the guest's devices that sit below it, in order.
  package var devices: [Int] = []
  package var ports: [Int] = []
  /// Positions of its containers.
  package var containers: [Int] = []

  /// Where its name is written; nil for a built-in bridge the file does not name.
  package var range: SourceRange? { position == nil ? nil : configuration.name.range }
}

/// A place on a bus of the guest.
package struct ResolvedAddress: Sendable {
  /// The id of the bus.
  package var bus: String
  package var slot: Chosen<Int>
  package var function: Chosen<Int>
  /// Whether function 0 carries the bit that says there are others.
  package var isMultifunction: Chosen<Bool>
}

/// A port or bridge below a host bridge.
package struct ResolvedPort: Sendable {
  /// Where a port comes from; most are made, and settings that say nothing are not kept for each of them.
  package enum Source: Sendable {
    indirect case written(Port)
    /// For a device that needs one; the place is that of its host bridge's name.
    case made(device: String, at: SourceRange)
  }

  package var index: Int
  package var source: Source
  package var name: String
  package var kind: PortKind
  /// The position of its host bridge.
  package var bridge: Int
  /// The position of the port it hangs from; nil for the root bus.
  package var parent: Int?
  package var address: ResolvedAddress
  package var chassis: Chosen<Int>?
  package var number: Chosen<Int>?

  /// What the file says of it; nil for a port that was made.
  package var written: Port? {
    switch source {
    case .written(let port): port
    case .made: nil
    }
  }

  /// The same, empty settings for a port that was made.
  package var configuration: Port {
    switch source {
    case .written(let port): port
    case .made(_, let range): Port(name: Located(name, at: range))
    }
  }

  /// Nil where the port is written; else why it was made.
  package var reason: String? {
    switch source {
    case .written: nil
    case .made(let device, _): "device '\(device)' needs a root port of its own"
    }
  }

  package var range: SourceRange? { written?.name.range }
}

/// A device given to the guest: written, or a sibling of one.
package struct ResolvedDevice: Sendable {
  package var index: Int
  /// What the file says; for a sibling that is given too, the entry that asked for it.
  package var configuration: AssignedDevice
  /// A member of the group that is given along and is not in the file itself.
  package var isGivenSibling: Bool
  package var reference: AssignedDevice.Reference
  package var name: String
  /// The position of its host bridge.
  package var bridge: Int
  /// The position of the port it is plugged into; nil for the root bus.
  package var port: Int?
  package var address: ResolvedAddress
  package var model: Chosen<IOMMUModel>
  package var driver: Chosen<String>
  /// Its position among the devices of the snapshot; nil where unknown or no host was looked at.
  package var hostDevice: Int?
  /// Its position among the groups of the snapshot.
  package var hostGroup: Int?
  /// The position of its group among the guest's.
  package var group: Int?
  package var container: Int?
  package var addressSpace: GuestAddressSpace
  /// An earlier device of the file with the same reference.
  package var firstUse: DevicePlace?

  /// The host address of a PCI function.
  package var hostAddress: PCIAddress? {
    switch reference {
    case .pci(let address): address
    case .mdev, .vfioUser, .subchannel: nil
    }
  }

  /// Where its reference is written.
  package var range: SourceRange { configuration.reference.range }
}

/// A device of the file by its positions.
package struct DevicePlace: Hashable, Sendable {
  package var guest: Int
  package var device: Int

  package init(guest: Int, device: Int) {
    self.guest = guest
    self.device = device
  }
}

/// What a guest device sees when it does DMA.
package enum GuestAddressSpace: Hashable, Sendable {
  /// All guest RAM at its guest physical address.
  case system
  /// The guest IOMMU's view of one requester id: the bus, by its id, and slot and function after aliasing.
  case requester(bus: String, slot: Int, function: Int)
  /// The windows of a PAPR host bridge, by its position.
  case bridge(Int)
}

/// An IOMMU group of the host, as a guest uses it.
package struct ResolvedGroup: Sendable {
  /// What becomes of a member.
  package enum Role: Hashable, Sendable {
    /// Given to this guest, by its position among the devices.
    case assigned(device: Int)
    /// Given to another guest of the file.
    case assignedElsewhere(guest: Int)
    /// Bound to vfio-pci and given to nobody.
    case parked
    /// Stays as it is, in nobody's way: no driver, a VFIO driver, or one that does no DMA of its own.
    case stays
    /// Stays on a host driver, so that the group is not viable.
    case blocks(driver: String)
    /// Its driver is not known.
    case unknown
  }

  package struct Member: Sendable {
    package var address: PCIAddress
    /// Its position among the devices of the snapshot.
    package var hostDevice: Int?
    package var role: Role
  }

  package var index: Int
  /// Its position among the groups of the snapshot.
  package var hostGroup: Int
  package var members: [Member]
  /// Positions of the guest's devices in it.
  package var devices: [Int]
  /// The distinct address spaces its devices end in, in order of the devices.
  package var addressSpaces: [GuestAddressSpace]
}

/// One set of DMA mappings: a container, or an IOAS where the model is iommufd.
package struct ResolvedContainer: Sendable {
  package var index: Int
  package var name: Chosen<String>
  package var model: Chosen<IOMMUModel>
  package var use: IOMMUUse
  package var addressSpace: GuestAddressSpace
  /// Positions of the bridges with a device in it.
  package var bridges: [Int]
  /// Positions of the guest's groups in it, in order.
  package var groups: [Int]
  /// Positions of the guest's devices in it, in order.
  package var devices: [Int]
  /// Why there is one.
  package var reason: String
  /// The bus addresses all its groups accept; nil where unknown.
  package var ranges: [IOVARange]?
  /// The smallest page that all its groups map; nil where no host was looked at.
  package var pageSize: UInt64?
  /// The PAPR windows, the default one first.
  package var windows: [ResolvedWindow] = []
  /// Whether the host's EEH is enabled on it; sPAPR only.
  package var enablesEEH: Chosen<Bool>?
}

/// A DMA window of a PAPR host bridge, and what its table costs.
package struct ResolvedWindow: Hashable, Sendable {
  package enum Kind: Hashable, Sendable { case `default`, dynamic }

  package var kind: Kind
  package var start: UInt64
  package var size: UInt64
  package var pageSize: UInt64
  package var levels: Int
  package var tableBytes: UInt64
}

extension ResolvedDevice {
  /// What is assigned, as the file writes it.
  package var referenceText: String {
    switch reference {
    case .pci(let address): address.description
    case .mdev(let text), .vfioUser(let text), .subchannel(let text): text
    }
  }
}
