import VFIOPlan
import VFIOTypes

/// Plans written by hand: what no guest file leads to, and what shows one thing alone.
enum HandMade {
  static func plan(_ guest: GuestPlan) -> Plan {
    Plan(file: "g.yaml", host: nil, bindings: [], guests: [guest], facts: [], protections: [], overrides: [])
  }

  static func guest(
    _ machine: String,
    version: Version = Version(7, 2),
    memory: UInt64 = 1 << 30
  ) -> GuestPlan {
    let type = MachineType(machine)
    return GuestPlan(
      name: "g",
      machine: PlannedMachine(
        type: type,
        architecture: architecture(type.family),
        hypervisor: .qemu,
        hypervisorVersion: version,
        accelerator: .kvm,
        interruptChip: nil,
        rootBusBypassesIOMMU: false,
        pciHole64: nil,
        processors: 2,
        processorModel: "host",
        rawArguments: [],
        passesDescriptors: false
      ),
      memory: PlannedMemory(
        size: memory,
        maximum: memory,
        slots: 0,
        hugePageSize: nil,
        backing: .anonymous,
        path: nil,
        isShared: false,
        isPreallocated: false,
        nodes: [],
        ranges: [.init(name: "ram", start: 0, size: memory)]
      ),
      viommu: nil,
      bridges: [
        bridge(
          "main",
          type.family == .pseries ? .spapr : .root,
          isBuiltIn: true,
          bus: type.family == .q35 || type.family == .virt ? "pcie.0" : "pci.0"
        )
      ],
      ports: [],
      devices: [],
      groups: [],
      containers: [container(type.family == .pseries ? .spaprTCEv2 : .type1v2)],
      lockedMemory: LockedMemory(parts: [], allowed: nil, isUnlimited: false),
      decisions: [],
      steps: [],
      origin: origin("guests.g", 2)
    )
  }

  static func bridge(_ name: String, _ kind: HostBridgeKind, isBuiltIn: Bool = false, bus: String)
    -> PlannedBridge
  {
    PlannedBridge(
      name: name,
      kind: kind,
      isBuiltIn: isBuiltIn,
      index: kind == .spapr && isBuiltIn ? 0 : nil,
      busNumber: nil,
      segment: nil,
      numa: nil,
      use: kind == .spapr ? .guestVisible : .mapAll,
      model: kind == .spapr ? .spaprTCEv2 : .type1v2,
      bypassesIOMMU: false,
      bus: bus,
      address: nil,
      windows: PlannedBridge.Windows(),
      origin: origin("guests.g.bridges.\(name)", 5)
    )
  }

  static func phb(_ name: String, index: Int) -> PlannedBridge {
    var bridge = bridge(name, .spapr, bus: name + ".0")
    bridge.index = index
    return bridge
  }

  static func port(_ name: String, _ kind: PortKind, on bus: String, _ slot: Int, _ function: Int = 0)
    -> PlannedPort
  {
    PlannedPort(
      name: name,
      kind: kind,
      bridge: "main",
      address: GuestAddress(bus: bus, slot: slot, function: function, isMultifunction: false),
      chassis: nil,
      number: nil,
      acceptsHotplug: true,
      reserve: PlannedPort.Reserve(),
      origin: origin("guests.g.bridges.main.ports.\(name)", 7)
    )
  }

  static func device(_ name: String, on bus: String, _ slot: Int, _ function: Int = 0) -> PlannedDevice {
    PlannedDevice(
      name: name,
      subject: .pci(PCIAddress(domain: 1, bus: 1, device: 0, function: UInt8(function))),
      bridge: "main",
      address: GuestAddress(bus: bus, slot: slot, function: function, isMultifunction: false),
      group: nil,
      container: "c",
      driver: "vfio-pci",
      isHotplugged: false,
      options: PlannedDevice.Options(),
      origin: origin("guests.g.bridges.main.devices.0", 9)
    )
  }

  static func container(_ model: IOMMUModel) -> PlannedContainer {
    PlannedContainer(
      name: "c",
      model: model,
      use: .mapAll,
      bridge: nil,
      groups: [],
      ranges: [],
      windows: [],
      origin: origin("guests.g.bridges.main", 5)
    )
  }

  static func origin(_ path: String, _ line: Int) -> Origin {
    Origin(path: path, line: line, column: 3, length: 1)
  }

  private static func architecture(_ family: MachineType.Family) -> GuestArchitecture {
    switch family {
    case .pseries, .powernv: .power
    case .virt: .arm
    case .s390: .s390
    case .q35, .pc, .unknown: .x86
    }
  }
}
