package import Diagnostics
package import VFIOTypes

/// A guest host bridge: the unit of the file.
package struct HostBridge: Hashable, Sendable {
  package typealias Kind = HostBridgeKind

  /// DMA and MMIO windows of a PAPR host bridge.
  package struct Windows: SeldomWritten {
    package var dma32: Located<ByteCount>?
    package var ddw: Located<Bool>?
    package var pageSizes: [Located<ByteCount>] = []
    package var dma32Start: Located<UInt64>?
    package var dma64Start: Located<UInt64>?
    package var mmio32: Located<ByteCount>?
    package var mmio64: Located<ByteCount>?
    package var io: Located<ByteCount>?

    package init() {}
  }

  /// What else sits on the bridge and is not ours to build.
  package struct Neighbour: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
      case emulated
      case virtioNetFailover = "virtio-net-failover"
      case nvmeUser = "nvme-user"
      case vdpa
      case vfioUser = "vfio-user"
    }

    package var name: Located<String>
    package var kind: Located<Kind>?
    package var port: Located<String>?
    package var slot: Located<Int>?
    package var function: Located<Int>?

    package init(name: Located<String>) { self.name = name }
  }

  package var name: Located<String>
  /// The whole entry, from its name on.
  package var range: SourceRange
  package var kind: Located<Kind>?
  package var index: Located<Int>?
  package var iommuUse: Located<IOMMUUse>?
  package var iommuModel: Located<IOMMUModel>?
  package var container: Located<String>?
  package var numa: Located<Int>?
  package var busNumber: Located<Int>?
  package var segment: Located<Int>?
  package var addressBits: Located<Int>?
  package var window: Windows {
    get { seldomWindow.settings }
    set { seldomWindow.settings = newValue }
  }
  package var sparePorts: Located<Int>?
  package var ports: [Port] = []
  package var neighbours: [Neighbour] = []
  package var devices: [AssignedDevice] = []
  private var seldomWindow = Seldom<Windows>()

  package init(name: Located<String>) {
    self.name = name
    self.range = name.range
  }
}

/// A port or bridge below a host bridge.
package struct Port: Hashable, Sendable {
  package typealias Kind = PortKind

  package struct Reserve: SeldomWritten {
    package var buses: Located<Int>?
    package var io: Located<ByteCount>?
    package var memory: Located<ByteCount>?
    package var prefetchable32: Located<ByteCount>?
    package var prefetchable64: Located<ByteCount>?

    package init() {}
  }

  package var name: Located<String>
  /// The whole entry, from its name on.
  package var range: SourceRange
  package var kind: Located<Kind>?
  /// The port it hangs from; nil for the bridge's root bus.
  package var parent: Located<String>?
  package var slot: Located<Int>?
  package var function: Located<Int>?
  package var multifunction: Located<Bool>?
  package var chassis: Located<Int>?
  package var number: Located<Int>?
  package var hotplug: Located<Bool>?
  package var reserve: Reserve {
    get { seldomReserve.settings }
    set { seldomReserve.settings = newValue }
  }
  private var seldomReserve = Seldom<Reserve>()

  package init(name: Located<String>) {
    self.name = name
    self.range = name.range
  }
}

/// A host device given to the guest.
///
/// What is seldom written reads like any other property: `device.vfToken`.
@dynamicMemberLookup
package struct AssignedDevice: Hashable, Sendable {
  /// What is assigned; exactly one of these is written.
  package enum Reference: Hashable, Sendable {
    case pci(PCIAddress)
    case mdev(String)
    case vfioUser(String)
    case subchannel(String)
  }

  /// What is expected at the address; hexadecimal text, lower case, without `0x`.
  package struct Expectation: SeldomWritten {
    package var vendor: Located<String>?
    package var id: Located<String>?
    package var subvendor: Located<String>?
    package var subid: Located<String>?
    package var classCode: Located<String>?
    package var serial: Located<String>?

    package init() {}
  }

  package enum Siblings: String, Hashable, Sendable, CaseIterable {
    /// A member of the group that is in no file is a finding.
    case refuse
    /// Bound to vfio-pci and given to nobody.
    case park
    /// Given to the guest as well.
    case give
  }

  package enum Migration: String, Hashable, Sendable, CaseIterable {
    case auto, on, off
  }

  package enum Reset: String, Hashable, Sendable, CaseIterable {
    case auto, flr, bus, pm, none
  }

  package enum IGD: String, Hashable, Sendable, CaseIterable {
    case none, legacy, opregion
  }

  package struct ROM: Hashable, Sendable {
    package var bar: Located<Bool>?
    package var file: Located<String>?
    package var size: Located<ByteCount>?

    package init() {}
  }

  /// What few devices say.
  package struct Options: SeldomWritten {
    package var driver: Located<String>?
    package var iommuModel: Located<IOMMUModel>?
    package var port: Located<String>?
    package var slot: Located<Int>?
    package var function: Located<Int>?
    package var multifunction: Located<Bool>?
    package var domain: Located<Int>?
    package var vfToken: Located<String>?
    package var rom = ROM()
    package var vga: Located<Bool>?
    package var display: Located<Bool>?
    package var ramfb: Located<Bool>?
    package var igd: Located<IGD>?
    package var bootIndex: Located<Int>?
    package var hotplug: Located<Bool>?
    package var failover: Located<String>?
    package var peerToPeer: Located<Bool>?
    package var clique: Located<Int>?
    package var zpciUID: Located<Int>?
    package var zpciFID: Located<Int>?
    package var allowBalloon: Located<Bool>?

    package init() {}
  }

  /// What is assigned, at the place its address is written.
  package var reference: Located<Reference>
  /// The whole entry: the mapping, or the address in the short form.
  package var range: SourceRange
  /// Its position in the bridge's list.
  package var position: Int
  package var name: Located<String>?
  package var siblings: Located<Siblings>?
  package var managed: Located<Bool>?
  package var migration: Located<Migration>?
  package var reset: Located<Reset>?
  private var seldomExpect = Seldom<Expectation>()
  private var seldomOptions = Seldom<Options>()

  package init(reference: Located<Reference>, range: SourceRange, position: Int) {
    self.reference = reference
    self.range = range
    self.position = position
  }

  package var expect: Expectation {
    get { seldomExpect.settings }
    set { seldomExpect.settings = newValue }
  }

  /// All that is seldom written, for a reader that sets many at once.
  package var options: Options {
    get { seldomOptions.settings }
    set { seldomOptions.settings = newValue }
  }

  // Asked of every device, and so not by way of the subscript.
  package var port: Located<String>? { seldomOptions.written?.port }
  package var slot: Located<Int>? { seldomOptions.written?.slot }
  package var function: Located<Int>? { seldomOptions.written?.function }
  package var multifunction: Located<Bool>? { seldomOptions.written?.multifunction }
  package var driver: Located<String>? { seldomOptions.written?.driver }
  package var iommuModel: Located<IOMMUModel>? { seldomOptions.written?.iommuModel }

  package subscript<Value>(dynamicMember option: WritableKeyPath<Options, Value>) -> Value {
    get { seldomOptions.settings[keyPath: option] }
    set { seldomOptions.settings[keyPath: option] = newValue }
  }

  /// The host address of a PCI function, or nil for the other kinds.
  package var address: PCIAddress? {
    switch reference.value {
    case .pci(let address): address
    case .mdev, .vfioUser, .subchannel: nil
    }
  }
}
