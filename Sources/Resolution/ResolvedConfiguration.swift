import Diagnostics
package import GuestSchema
package import HostInventory
package import VFIOTypes

/// A configuration bound to a host, every open question answered; nothing is refused yet.
package struct ResolvedConfiguration: Sendable {
  package var configuration: Configuration
  /// Nil where no host was looked at: then nothing about a host is known, which is not the same as false.
  package var host: HostSnapshot?
  package var guests: [ResolvedGuest]
  /// For each group of the snapshot, by its position there, the guests that are given a member, ascending.
  package var groupUsers: [[Int]]

  package init(
    configuration: Configuration,
    host: HostSnapshot?,
    guests: [ResolvedGuest],
    groupUsers: [[Int]]
  ) {
    self.configuration = configuration
    self.host = host
    self.guests = guests
    self.groupUsers = groupUsers
  }
}

/// One guest, resolved.
///
/// Bridges, ports, devices, groups and containers know each other by their positions here.
package struct ResolvedGuest: Sendable {
  package var index: Int
  package var configuration: Guest
  package var machine: MachineType
  package var architecture: Chosen<GuestArchitecture>
  package var hypervisor: Chosen<HypervisorName>
  package var hypervisorVersion: Chosen<Version>
  package var accelerator: Chosen<Accelerator>
  package var processorModel: Chosen<String>
  /// What the guest sees, the built-in ones of PAPR and s390 included.
  package var guestIOMMU: GuestIOMMU
  /// The settings of a guest IOMMU that is a device; nil for none and for the built-in ones.
  package var viommu: ResolvedGuestIOMMU?
  package var interruptChip: Chosen<InterruptChip?>
  package var memory: ResolvedMemory
  package var bridges: [ResolvedBridge] = []
  package var ports: [ResolvedPort] = []
  package var devices: [ResolvedDevice] = []
  package var groups: [ResolvedGroup] = []
  package var containers: [ResolvedContainer] = []
  package var lockedMemory = LockedMemoryNeed()

  package var name: String { configuration.name.value }

  /// Where it is in the file: `guests.db1`.
  package var path: String { "guests.\(name)" }

  package var bootMemory: UInt64 { memory.size }
}

/// The settings of a guest IOMMU device; nil where the model has no such setting or its default is right.
package struct ResolvedGuestIOMMU: Sendable {
  package var configuration: GuestIOMMUSettings
  package var cachingMode: Chosen<Bool>?
  package var addressBits: Chosen<Int>?
  package var interruptRemapping: Chosen<Bool>?
  package var extendedInterruptMode: Chosen<Bool>?
  /// Where it sits on the root bus, for models that are a PCI device.
  package var slot: Chosen<Int>?
}

/// Guest RAM and where it lies.
package struct ResolvedMemory: Sendable {
  /// A contiguous range of guest physical addresses that is RAM.
  package struct Range: Hashable, Sendable {
    package var name: String
    package var range: IOVARange

    package init(name: String, range: IOVARange) {
      self.name = name
      self.range = range
    }
  }

  /// Boot RAM in bytes; 0 where the file says none, which a rule reports.
  package var size: UInt64
  package var maximum: UInt64
  package var backing: Chosen<MemoryBacking>
  /// The page size that backs it; nil where the host's is not known.
  package var pageSize: UInt64?
  /// Ascending, without overlap.
  package var ranges: [Range]
  /// Why the ranges lie where they do.
  package var layoutReason: String
}

/// What the hypervisor's process must be allowed to lock.
package struct LockedMemoryNeed: Sendable {
  package struct Part: Hashable, Sendable {
    package var what: String
    package var bytes: UInt64

    package init(what: String, bytes: UInt64) {
      self.what = what
      self.bytes = bytes
    }
  }

  package enum Limit: Hashable, Sendable {
    case unknown
    case unlimited
    case bytes(UInt64)
  }

  package var parts: [Part] = []
  package var limit = Limit.unknown
  /// Why the limit is what it is.
  package var limitReason = ""

  package init() {}

  package var needed: UInt64 { parts.reduce(0) { $0 &+ $1.bytes } }
}
