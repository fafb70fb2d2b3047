package import VFIOTypes

/// The machine of a guest, as far as host bridges and assigned devices depend on it.
package struct PlannedMachine: Hashable, Sendable {
  package var type: MachineType
  package var architecture: GuestArchitecture
  package var hypervisor: HypervisorName
  package var hypervisorVersion: Version
  package var accelerator: Accelerator
  /// Nil: the machine's default.
  package var interruptChip: InterruptChip?
  /// The main root bus is not behind the guest IOMMU.
  package var rootBusBypassesIOMMU: Bool
  /// The least 64-bit PCI hole that is reported to the guest; nil: the machine's default.
  package var pciHole64: UInt64?
  package var processors: Int
  package var processorModel: String
  /// Kept verbatim after our own arguments.
  package var rawArguments: [String]
  package var passesDescriptors: Bool

  package init(
    type: MachineType,
    architecture: GuestArchitecture,
    hypervisor: HypervisorName,
    hypervisorVersion: Version,
    accelerator: Accelerator,
    interruptChip: InterruptChip?,
    rootBusBypassesIOMMU: Bool,
    pciHole64: UInt64?,
    processors: Int,
    processorModel: String,
    rawArguments: [String],
    passesDescriptors: Bool
  ) {
    self.type = type
    self.architecture = architecture
    self.hypervisor = hypervisor
    self.hypervisorVersion = hypervisorVersion
    self.accelerator = accelerator
    self.interruptChip = interruptChip
    self.rootBusBypassesIOMMU = rootBusBypassesIOMMU
    self.pciHole64 = pciHole64
    self.processors = processors
    self.processorModel = processorModel
    self.rawArguments = rawArguments
    self.passesDescriptors = passesDescriptors
  }
}

/// Guest RAM: how much, what backs it, where it lies.
package struct PlannedMemory: Hashable, Sendable {
  /// A contiguous range of guest physical addresses that is RAM.
  package struct Range: Hashable, Sendable {
    /// `below-4g`, `above-4g`, `ram`: unique in the guest.
    package var name: String
    package var start: UInt64
    package var size: UInt64

    package init(name: String, start: UInt64, size: UInt64) {
      self.name = name
      self.start = start
      self.size = size
    }
  }

  package struct Node: Hashable, Sendable {
    package var number: Int
    package var size: UInt64
    package var cpus: String?
    package var hostNodes: [Int]

    package init(number: Int, size: UInt64, cpus: String?, hostNodes: [Int]) {
      self.number = number
      self.size = size
      self.cpus = cpus
      self.hostNodes = hostNodes
    }
  }

  package var size: UInt64
  package var maximum: UInt64
  package var slots: Int
  /// The page size of the backing; nil: ordinary pages.
  package var hugePageSize: UInt64?
  package var backing: MemoryBacking
  package var path: String?
  package var isShared: Bool
  package var isPreallocated: Bool
  package var nodes: [Node]
  package var ranges: [Range]

  package init(
    size: UInt64,
    maximum: UInt64,
    slots: Int,
    hugePageSize: UInt64?,
    backing: MemoryBacking,
    path: String?,
    isShared: Bool,
    isPreallocated: Bool,
    nodes: [Node],
    ranges: [Range]
  ) {
    self.size = size
    self.maximum = maximum
    self.slots = slots
    self.hugePageSize = hugePageSize
    self.backing = backing
    self.path = path
    self.isShared = isShared
    self.isPreallocated = isPreallocated
    self.nodes = nodes
    self.ranges = ranges
  }
}

/// The IOMMU device a guest sees.
package struct PlannedGuestIOMMU: Hashable, Sendable {
  package var model: GuestIOMMU
  /// Only for models that have it; nil: the hypervisor's default is right.
  package var cachingMode: Bool?
  package var addressBits: Int?
  package var interruptRemapping: Bool?
  package var extendedInterruptMode: Bool?
  package var x2apicSupport: Bool?
  package var deviceIOTLB: Bool?
  package var snoopControl: Bool?
  package var dmaDrain: Bool?
  package var scalableMode: Bool?
  package var firstStage: Bool?
  package var pasid: Bool?
  package var dmaTranslation: Bool?
  package var dmaRemap: Bool?
  package var granule: String?
  package var bootBypass: Bool?
  /// Where it sits on the root bus, for models that are a PCI device.
  package var slot: Int?
  /// Further properties of the hypervisor's device, verbatim.
  package var properties: [Property]
  package var origin: Origin

  package struct Property: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(model: GuestIOMMU, origin: Origin) {
    self.model = model
    self.properties = []
    self.origin = origin
  }
}

/// A place on a bus of the guest.
package struct GuestAddress: Hashable, Sendable {
  /// The id of the bus: `pcie.0`, `net.0`, a port's id.
  package var bus: String
  package var slot: Int
  package var function: Int
  /// The bit that function 0 carries where the slot has others.
  package var isMultifunction: Bool

  package init(bus: String, slot: Int, function: Int, isMultifunction: Bool) {
    self.bus = bus
    self.slot = slot
    self.function = function
    self.isMultifunction = isMultifunction
  }
}

/// A host bridge of a guest.
package struct PlannedBridge: Hashable, Sendable {
  /// What a PAPR host bridge is given beyond its index; nil: the machine's default.
  package struct Windows: Hashable, Sendable {
    package var dma32: UInt64?
    package var ddw: Bool?
    /// The mask of page sizes offered to the guest.
    package var pageSizes: UInt64?
    package var dma32Start: UInt64?
    package var dma64Start: UInt64?
    package var mmio32: UInt64?
    package var mmio64: UInt64?

    package init() {}
  }

  /// The name in the file, also the id of its arguments.
  package var name: String
  package var kind: HostBridgeKind
  /// Exists without being asked for.
  package var isBuiltIn: Bool
  /// The PAPR index; nil for other kinds.
  package var index: Int?
  package var busNumber: Int?
  package var segment: Int?
  package var numa: Int?
  package var use: IOMMUUse
  package var model: IOMMUModel
  /// Whether the guest IOMMU is bypassed here.
  package var bypassesIOMMU: Bool
  /// The id of its root bus.
  package var bus: String
  /// Where the expander itself sits; nil for bridges that are no device on a bus.
  package var address: GuestAddress?
  package var windows: Windows
  package var origin: Origin

  package init(
    name: String,
    kind: HostBridgeKind,
    isBuiltIn: Bool,
    index: Int?,
    busNumber: Int?,
    segment: Int?,
    numa: Int?,
    use: IOMMUUse,
    model: IOMMUModel,
    bypassesIOMMU: Bool,
    bus: String,
    address: GuestAddress?,
    windows: Windows,
    origin: Origin
  ) {
    self.name = name
    self.kind = kind
    self.isBuiltIn = isBuiltIn
    self.index = index
    self.busNumber = busNumber
    self.segment = segment
    self.numa = numa
    self.use = use
    self.model = model
    self.bypassesIOMMU = bypassesIOMMU
    self.bus = bus
    self.address = address
    self.windows = windows
    self.origin = origin
  }
}

/// A port or bridge below a host bridge.
package struct PlannedPort: Hashable, Sendable {
  package struct Reserve: Hashable, Sendable {
    package var buses: Int?
    package var io: UInt64?
    package var memory: UInt64?
    package var prefetchable32: UInt64?
    package var prefetchable64: UInt64?

    package init() {}
  }

  /// Unique in the guest; the id of its arguments and of its secondary bus.
  package var name: String
  package var kind: PortKind
  /// The host bridge it is below.
  package var bridge: String
  package var address: GuestAddress
  /// Nil for kinds without one.
  package var chassis: Int?
  /// The physical slot number; nil for kinds without one.
  package var number: Int?
  package var acceptsHotplug: Bool
  package var reserve: Reserve
  package var origin: Origin

  package init(
    name: String,
    kind: PortKind,
    bridge: String,
    address: GuestAddress,
    chassis: Int?,
    number: Int?,
    acceptsHotplug: Bool,
    reserve: Reserve,
    origin: Origin
  ) {
    self.name = name
    self.kind = kind
    self.bridge = bridge
    self.address = address
    self.chassis = chassis
    self.number = number
    self.acceptsHotplug = acceptsHotplug
    self.reserve = reserve
    self.origin = origin
  }
}

/// A device given to the guest.
package struct PlannedDevice: Hashable, Sendable {
  package enum Subject: Hashable, Sendable {
    case pci(PCIAddress)
    case mdev(String)
    case vfioUser(String)
    case subchannel(String)
  }

  /// Settings that most devices leave alone; nil: the hypervisor's default.
  package struct Options: Hashable, Sendable {
    package var vfToken: String?
    package var romBar: Bool?
    package var romFile: String?
    package var romSize: UInt64?
    package var vga: Bool?
    package var display: Bool?
    package var ramfb: Bool?
    package var igdOpRegion: Bool?
    package var bootIndex: Int?
    package var migration: Bool?
    package var failover: String?
    package var clique: Int?
    package var allowsBalloon: Bool?
    package var zpciUID: Int?
    package var zpciFID: Int?

    package init() {}
  }

  /// Unique in the guest; the id of its arguments.
  package var name: String
  package var subject: Subject
  package var bridge: String
  package var address: GuestAddress
  /// The name of its group; nil where no host was looked at, or it has none.
  package var group: PCIAddress?
  /// The container or IOAS its mappings live in.
  package var container: String
  package var driver: String
  /// Plugged later and not part of the machine at its start.
  package var isHotplugged: Bool
  package var options: Options
  package var origin: Origin

  package init(
    name: String,
    subject: Subject,
    bridge: String,
    address: GuestAddress,
    group: PCIAddress?,
    container: String,
    driver: String,
    isHotplugged: Bool,
    options: Options,
    origin: Origin
  ) {
    self.name = name
    self.subject = subject
    self.bridge = bridge
    self.address = address
    self.group = group
    self.container = container
    self.driver = driver
    self.isHotplugged = isHotplugged
    self.options = options
    self.origin = origin
  }
}
