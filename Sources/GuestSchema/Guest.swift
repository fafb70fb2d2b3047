package import Diagnostics
package import VFIOTypes

/// One guest of the file.
package struct Guest: Hashable, Sendable {
  package typealias Architecture = GuestArchitecture
  package typealias InterruptChip = VFIOTypes.InterruptChip

  package enum Confidential: String, Hashable, Sendable, CaseIterable {
    case none, sev
    case sevSNP = "sev-snp"
    case tdx
  }

  package enum Migration: String, Hashable, Sendable, CaseIterable {
    case none, live
    case postCopy = "post-copy"
    case save
  }

  package enum Firmware: String, Hashable, Sendable, CaseIterable {
    case bios, uefi, slof, vof
  }

  package enum Interrupts: String, Hashable, Sendable, CaseIterable {
    case xics, xive, dual, gicv2, gicv3, its
  }

  package enum VGA: String, Hashable, Sendable, CaseIterable {
    case none, std, virtio, other
  }

  package var name: Located<String>
  /// The whole entry, from its name on.
  package var range: SourceRange
  /// The machine type as written, `pseries`, `pc-q35-9.2`; an unknown one is kept and refused by a rule.
  package var machine: Located<String>?
  package var architecture: Located<Architecture>?
  package var hypervisor = Hypervisor()
  package var cpu = Processors()
  package var memory = Memory()
  package var numa: [NUMANode] = []
  package var balloon: Located<Bool>?
  package var confidential: Located<Confidential>?
  package var migration: Located<Migration>?
  package var firmware: Located<Firmware>?
  package var acpi: Located<Bool>?
  package var pciHole64: Located<ByteCount>?
  package var mmio64Window: Located<ByteCount>?
  package var interruptChip: Located<InterruptChip>?
  package var interrupts: Located<Interrupts>?
  package var vga: Located<VGA>?
  package var iommuModel: Located<IOMMUModel>?
  package var passDescriptors: Located<Bool>?
  package var viommu: GuestIOMMUSettings?
  /// In document order.
  package var bridges: [HostBridge] = []

  package init(name: Located<String>) {
    self.name = name
    self.range = name.range
  }
}

/// The hypervisor a guest runs in and the process it runs as.
package struct Hypervisor: Hashable, Sendable {
  package typealias Name = HypervisorName
  package typealias Accelerator = VFIOTypes.Accelerator

  /// How much memory the process may lock.
  package enum LockedMemoryLimit: Hashable, Sendable {
    case bytes(ByteCount)
    case unlimited
  }

  package var name: Located<Name>?
  /// A version such as `7.2`, always text.
  package var version: Located<String>?
  package var accelerator: Located<Accelerator>?
  package var user: Located<String>?
  package var memlock: Located<LockedMemoryLimit>?
  package var openFiles: Located<Int>?
  /// The user's own arguments, kept verbatim after ours.
  package var rawArguments: [Located<String>] = []

  package init() {}
}

/// The guest's processors.
package struct Processors: Hashable, Sendable {
  package enum Vendor: String, Hashable, Sendable, CaseIterable {
    case intel, amd, host
  }

  package enum PhysicalBits: Hashable, Sendable {
    case bits(Int)
    case host
  }

  package var count: Located<Int>?
  package var model: Located<String>?
  package var vendor: Located<Vendor>?
  package var physicalBits: Located<PhysicalBits>?

  package init() {}
}

/// The guest's memory.
package struct Memory: Hashable, Sendable {
  package typealias Backing = MemoryBacking

  package struct Module: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case dimm, pmem
      case virtioMem = "virtio-mem"
    }

    package var kind: Located<Kind>
    package var size: Located<ByteCount>
    package var block: Located<ByteCount>?
    package var node: Located<Int>?
    package var backing: Located<Backing>?
    package var path: Located<String>?

    package init(kind: Located<Kind>, size: Located<ByteCount>) {
      self.kind = kind
      self.size = size
    }
  }

  /// Boot RAM.
  package var size: Located<ByteCount>?
  package var maximum: Located<ByteCount>?
  package var slots: Located<Int>?
  /// The page size that backs the RAM.
  package var hugepages: Located<ByteCount>?
  package var backing: Located<Backing>?
  package var path: Located<String>?
  package var fileSystem: Located<String>?
  package var share: Located<Bool>?
  package var preallocate: Located<Bool>?
  package var merge: Located<Bool>?
  package var locked: Located<Bool>?
  package var readOnly: Located<Bool>?
  package var modules: [Module] = []

  package init() {}
}

/// A NUMA node of the guest.
package struct NUMANode: Hashable, Sendable {
  package var number: Located<Int>
  package var memory: Located<ByteCount>?
  package var cpus: Located<String>?
  package var hostNodes: [Located<Int>] = []

  package init(number: Located<Int>) { self.number = number }
}

/// What the file says of the IOMMU the guest sees.
package struct GuestIOMMUSettings: Hashable, Sendable {
  package enum Granule: String, Hashable, Sendable, CaseIterable {
    case host
    case size4KiB = "4KiB"
    case size8KiB = "8KiB"
    case size16KiB = "16KiB"
    case size64KiB = "64KiB"
  }

  /// A hypervisor property passed through: a scalar as it was written.
  package struct Property: Hashable, Sendable {
    package var name: Located<String>
    package var value: Located<String>

    package init(name: Located<String>, value: Located<String>) {
      self.name = name
      self.value = value
    }
  }

  /// The whole mapping.
  package var range: SourceRange
  package var model: Located<GuestIOMMU>?
  package var cachingMode: Located<Bool>?
  package var addressBits: Located<Int>?
  package var interruptRemapping: Located<Bool>?
  package var extendedInterruptMode: Located<Bool>?
  package var x2apicSupport: Located<Bool>?
  package var deviceIOTLB: Located<Bool>?
  package var snoopControl: Located<Bool>?
  package var dmaDrain: Located<Bool>?
  package var scalableMode: Located<Bool>?
  package var firstStage: Located<Bool>?
  package var pasid: Located<Bool>?
  package var dmaTranslation: Located<Bool>?
  package var dmaRemap: Located<Bool>?
  package var granule: Located<Granule>?
  package var bootBypass: Located<Bool>?
  package var slot: Located<Int>?
  package var bridge: Located<String>?
  package var accelerated: Located<Bool>?
  package var properties: [Property] = []

  package init(range: SourceRange) { self.range = range }
}
