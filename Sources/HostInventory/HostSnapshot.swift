package import Diagnostics
package import VFIOTypes

/// The facts about a host that rules need, and nothing else.
///
/// Every fact may be unknown, which is nil and not false: a snapshot taken without privilege lacks some.
package struct HostSnapshot: Hashable, Sendable {
  package struct CPU: Hashable, Sendable {
    /// `GenuineIntel`, `AuthenticAMD`; nil also where the architecture has no such word.
    package var vendor: String?
    package var model: String?
    package var physicalBits: Int?
    /// `PowerNV`, `pSeries`; POWER only.
    package var platform: String?
    package var architecture: GuestArchitecture?

    package init() {}
  }

  package struct Kernel: Hashable, Sendable {
    /// As `uname -r` says it: `6.12.107+deb13-amd64`.
    package var release: String?
    /// The words of the kernel line that concern IOMMUs and VFIO.
    package var commandLine: [String]?
    /// Options it was built with that concern IOMMUs and VFIO: `y`, `m` or `n`.
    package var options: [Option]?

    package struct Option: Hashable, Sendable {
      /// Such as CONFIG_VFIO_NOIOMMU.
      package var name: String
      package var value: String

      package init(name: String, value: String) {
        self.name = name
        self.value = value
      }
    }

    /// The value of an option; nil where it is not known.
    package func option(_ name: String) -> String? { options?.first { $0.name == name }?.value }

    package init() {}

    package var version: Version? { release.flatMap { Version($0) } }
  }

  package struct Module: Hashable, Sendable {
    package struct Parameter: Hashable, Sendable {
      package var name: String
      package var value: String

      package init(name: String, value: String) {
        self.name = name
        self.value = value
      }
    }

    package var name: String
    package var isLoaded: Bool
    package var parameters: [Parameter]

    package init(name: String, isLoaded: Bool, parameters: [Parameter] = []) {
      self.name = name
      self.isLoaded = isLoaded
      self.parameters = parameters
    }

    package func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }
  }

  /// One IOMMU.
  package struct IOMMUUnit: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case intel, amd, smmuv3, smmu, virtio, s390, spapr, other
    }

    package var name: String
    package var kind: Kind
    /// Registers as hexadecimal text without `0x`.
    package var cap: String?
    package var ecap: String?
    package var features: String?

    package init(name: String, kind: Kind) {
      self.name = name
      self.kind = kind
    }
  }

  /// DMA windows a POWER host bridge offers, by its PCI domain.
  package struct TCE: Hashable, Sendable {
    package var domain: UInt32
    package var dma32Start: UInt64?
    package var dma32Size: UInt64?
    package var pageSizes: PageSizes?
    package var levels: Int?
    package var windows: Int?
    package var offersDDW: Bool?

    package init(domain: UInt32) { self.domain = domain }
  }

  package struct MemoryNode: Hashable, Sendable {
    package struct HugePages: Hashable, Sendable {
      package var size: UInt64
      package var total: UInt64
      package var free: UInt64

      package init(size: UInt64, total: UInt64, free: UInt64) {
        self.size = size
        self.total = total
        self.free = free
      }
    }

    package var number: Int
    package var total: UInt64?
    package var free: UInt64?
    package var hugePages: [HugePages]?

    package init(number: Int) { self.number = number }
  }

  package struct User: Hashable, Sendable {
    package enum Limit: Hashable, Sendable {
      case unlimited
      case bytes(UInt64)
    }

    package var name: String
    package var memlock: Limit?
    package var openFiles: Int?
    /// Whether its processes have CAP_IPC_LOCK in the initial user namespace.
    package var hasIPCLock: Bool?

    package init(name: String) { self.name = name }
  }

  /// A character device below `/dev`.
  package struct Node: Hashable, Sendable {
    package var path: String
    package var mode: UInt16
    package var owner: UInt32

    package init(path: String, mode: UInt16, owner: UInt32) {
      self.path = path
      self.mode = mode
      self.owner = owner
    }
  }

  /// Who may open a character device whose name is of one boot.
  package struct Access: Hashable, Sendable {
    package var mode: UInt16
    package var owner: UInt32

    package init(mode: UInt16, owner: UInt32) {
      self.mode = mode
      self.owner = owner
    }
  }

  package struct HypervisorProgram: Hashable, Sendable {
    package var name: HypervisorName
    package var version: Version

    package init(name: HypervisorName, version: Version) {
      self.name = name
      self.version = version
    }
  }

  package var cpu = CPU()
  package var pageSize: UInt64?
  package var kernel = Kernel()
  package var modules: [Module]?
  package var iommus: [IOMMUUnit]?
  package var interruptRemapping: Bool?
  /// ACPI tables by which firmware describes IOMMUs: `DMAR`, `IVRS`, `IORT`, `VIOT`.
  package var firmwareTables: [String]?
  package var tce: [TCE] = []
  package var memory: [MemoryNode]?
  package var users: [User] = []
  package var nodes: [Node]?
  package var hypervisors: [HypervisorProgram]?
  /// Ordered by their lowest member; nil where the host's groups are not known.
  package var groups: [HostGroup]?
  /// Sorted by address; empty where they are not known.
  package private(set) var devices: [HostDevice] = []

  package init() {}

  /// Takes the devices, in order, and ties each to its group.
  package mutating func setDevices(_ unordered: [HostDevice]) {
    // By position here and below: a device is half a kilobyte, and none is copied to look at it.
    let isSorted = unordered.indices.dropFirst().allSatisfy {
      unordered[$0 - 1].address < unordered[$0].address
    }
    devices = isSorted ? unordered : unordered.sorted { $0.address < $1.address }
    for index in devices.indices { devices[index].group = nil }
    let groups = groups ?? []
    for number in groups.indices {
      for member in groups[number].members {
        if let index = index(of: member) { devices[index].group = number }
      }
    }
  }

  /// The position of the device at an address.
  package func index(of address: PCIAddress) -> Int? {
    var low = 0
    var high = devices.count
    while low < high {
      let middle = (low + high) / 2
      if devices[middle].address < address { low = middle + 1 } else { high = middle }
    }
    return low < devices.count && devices[low].address == address ? low : nil
  }

  package func device(at address: PCIAddress) -> HostDevice? { index(of: address).map { devices[$0] } }

  /// The DMA windows of the host bridge a function is below; nil where they are not known.
  package func tce(of address: PCIAddress) -> TCE? { tce.first { $0.domain == address.domain } }

  package func module(_ name: String) -> Module? { modules?.first { $0.name == name } }

  /// Whether it is a POWER host, bare or partitioned; nil where the platform is not known.
  package var isPOWER: Bool? {
    if let platform = cpu.platform { return platform == "PowerNV" || platform == "pSeries" }
    return cpu.architecture.map { $0 == .power }
  }
}

/// An IOMMU group: a set of addresses, since its number changes between boots.
package struct HostGroup: Hashable, Sendable {
  package struct ReservedRegion: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case direct
      case directRelaxable = "direct-relaxable"
      case reserved, msi
    }

    package var range: IOVARange
    package var kind: Kind

    package init(range: IOVARange, kind: Kind) {
      self.range = range
      self.kind = kind
    }
  }

  /// What a container with this group accepts, and how that is known.
  package struct Ranges: Hashable, Sendable {
    package enum Source: String, Hashable, Sendable, CaseIterable {
      /// Computed from registers and reserved regions.
      case predicted
      /// Read from a container the group was attached to.
      case probed
    }

    package var ranges: [IOVARange]
    package var pageSizes: PageSizes?
    package var source: Source

    package init(ranges: [IOVARange], pageSizes: PageSizes?, source: Source) {
      self.ranges = ranges
      self.pageSizes = pageSizes
      self.source = source
    }
  }

  /// PCI functions, sorted.
  package var members: [PCIAddress]
  /// Names of members that are no PCI functions.
  package var others: [String] = []
  /// `DMA`, `identity`, ...
  package var type: String?
  package var name: String?
  package var reservedRegions: [ReservedRegion]?
  package var iovaRanges: Ranges?
  /// Its character device, where there is one.
  package var access: HostSnapshot.Access?
  /// Its number at the time of the look; never part of a document.
  package var number: IOMMUGroupID?
  /// Where it stands in a document.
  package var range: SourceRange?

  package init(members: [PCIAddress]) { self.members = members }

  package static func == (left: HostGroup, right: HostGroup) -> Bool { left.facts == right.facts }

  package func hash(into hasher: inout Hasher) { hasher.combine(members) }

  /// What makes two groups the same facts: not where they stand, nor a number of one boot.
  private var facts: Facts {
    Facts(
      members: members,
      others: others,
      type: type,
      name: name,
      reservedRegions: reservedRegions,
      iovaRanges: iovaRanges,
      access: access
    )
  }

  private struct Facts: Equatable {
    var members: [PCIAddress]
    var others: [String]
    var type: String?
    var name: String?
    var reservedRegions: [ReservedRegion]?
    var iovaRanges: Ranges?
    var access: HostSnapshot.Access?
  }
}
