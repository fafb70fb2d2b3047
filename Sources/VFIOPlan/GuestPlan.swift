package import VFIOTypes

/// What is done for one guest.
package struct GuestPlan: Hashable, Sendable {
  package var name: String
  package var machine: PlannedMachine
  package var memory: PlannedMemory
  /// The IOMMU device of the guest; nil where it has none or it is part of the machine (pseries, s390).
  package var viommu: PlannedGuestIOMMU?
  /// Parents before children, the built-in bridge first.
  package var bridges: [PlannedBridge]
  /// Parents before children.
  package var ports: [PlannedPort]
  package var devices: [PlannedDevice]
  package var groups: [PlannedGroup]
  package var containers: [PlannedContainer]
  package var lockedMemory: LockedMemory
  package var decisions: [Decision]
  /// What the VFIO core carries out, in order.
  package var steps: [PlannedStep]
  package var origin: Origin

  package init(
    name: String,
    machine: PlannedMachine,
    memory: PlannedMemory,
    viommu: PlannedGuestIOMMU?,
    bridges: [PlannedBridge],
    ports: [PlannedPort],
    devices: [PlannedDevice],
    groups: [PlannedGroup],
    containers: [PlannedContainer],
    lockedMemory: LockedMemory,
    decisions: [Decision],
    steps: [PlannedStep],
    origin: Origin
  ) {
    self.name = name
    self.machine = machine
    self.memory = memory
    self.viommu = viommu
    self.bridges = bridges
    self.ports = ports
    self.devices = devices
    self.groups = groups
    self.containers = containers
    self.lockedMemory = lockedMemory
    self.decisions = decisions
    self.steps = steps
    self.origin = origin
  }
}

/// An IOMMU group that a guest uses: a set of addresses, since its number changes between boots.
package struct PlannedGroup: Hashable, Sendable {
  /// The lowest address of its members; the name steps know it by.
  package var name: PCIAddress
  /// All members, sorted.
  package var members: [PCIAddress]

  package init(name: PCIAddress, members: [PCIAddress]) {
    self.name = name
    self.members = members
  }
}

/// One set of DMA mappings: a VFIO container, or an IOAS where the model is iommufd.
package struct PlannedContainer: Hashable, Sendable {
  package var name: String
  package var model: IOMMUModel
  package var use: IOMMUUse
  /// The host bridge it belongs to; nil where bridges share it.
  package var bridge: String?
  /// The names of the groups that join it, in order.
  package var groups: [PCIAddress]
  /// The bus address ranges the host is known to accept; empty where unknown.
  package var ranges: [IOVARange]
  /// The default window first; empty but on sPAPR.
  package var windows: [PlannedWindow]
  package var origin: Origin

  package init(
    name: String,
    model: IOMMUModel,
    use: IOMMUUse,
    bridge: String?,
    groups: [PCIAddress],
    ranges: [IOVARange],
    windows: [PlannedWindow],
    origin: Origin
  ) {
    self.name = name
    self.model = model
    self.use = use
    self.bridge = bridge
    self.groups = groups
    self.ranges = ranges
    self.windows = windows
    self.origin = origin
  }
}

/// A DMA window of a PAPR host bridge.
package struct PlannedWindow: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The one that exists at boot.
    case `default`
    /// The one a guest may create at run time.
    case dynamic
  }

  package var kind: Kind
  package var start: UInt64
  /// Bytes, a power of two.
  package var size: UInt64
  package var pageSize: UInt64
  package var levels: Int
  /// Bytes charged for its table.
  package var tableBytes: UInt64

  package init(
    kind: Kind,
    start: UInt64,
    size: UInt64,
    pageSize: UInt64,
    levels: Int,
    tableBytes: UInt64
  ) {
    self.kind = kind
    self.start = start
    self.size = size
    self.pageSize = pageSize
    self.levels = levels
    self.tableBytes = tableBytes
  }
}

extension PlannedWindow {
  /// The bus addresses it covers; nil of a window no kernel makes.
  package var range: IOVARange? {
    let (end, overflow) = start.addingReportingOverflow(size &- 1)
    return size > 0 && !overflow ? IOVARange(start: start, last: end) : nil
  }
}

/// How much memory the hypervisor's process must be allowed to lock.
package struct LockedMemory: Hashable, Sendable {
  /// One summand, in words: `guest RAM, once a container`.
  package struct Part: Hashable, Sendable {
    package var what: String
    package var bytes: UInt64

    package init(what: String, bytes: UInt64) {
      self.what = what
      self.bytes = bytes
    }
  }

  package var parts: [Part]
  /// Bytes allowed; nil where unknown.
  package var allowed: UInt64?
  package var isUnlimited: Bool

  package init(parts: [Part], allowed: UInt64?, isUnlimited: Bool) {
    self.parts = parts
    self.allowed = allowed
    self.isUnlimited = isUnlimited
  }

  /// Bytes needed.
  package var needed: UInt64 { parts.reduce(0) { $0 &+ $1.bytes } }
}
