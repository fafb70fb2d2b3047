import Diagnostics
import GuestSchema
import HostInventory
import VFIOTypes

extension GuestResolver {
  /// The host bridges: the built-in one first, then the others by name.
  ///
  /// Names and not the order of the file, so that what is chosen for a bridge stays as it is where others move.
  mutating func resolveBridges() {
    let byName = configuration.bridges.indices.sorted { left, right in
      configuration.bridges[left].name.value < configuration.bridges[right].name.value
    }
    let builtIn = builtInPosition(among: byName)
    let order = byName.filter { $0 != builtIn }
    addBridge(position: builtIn, isBuiltIn: true)
    reserveMachineSlots()
    for position in order { addBridge(position: position, isBuiltIn: false) }
    for index in guest.bridges.indices { takeWritten(of: index) }
    placeExpanders()
    numberPHBs()
  }

  /// Which written bridge is the one that exists without being asked for: index 0 on pseries, else the one of kind
  /// root, else of those whose kind is left open the one named `main`, else the first by name.
  private func builtInPosition(among order: [Int]) -> Int? {
    func first(where isMeant: (HostBridge) -> Bool) -> Int? {
      order.first { isMeant(configuration.bridges[$0]) }
    }
    if guest.machine.family == .pseries { return first { $0.index?.value == 0 } }
    return first { $0.kind?.value == .root } ?? first { $0.kind == nil && $0.name.value == "main" }
      ?? first { $0.kind == nil }
  }

  private mutating func addBridge(position: Int?, isBuiltIn: Bool) {
    let written = position.map { configuration.bridges[$0] }
    let settings = written ?? HostBridge(name: Located("built-in", at: configuration.name.range))
    let kind = kind(settings, isBuiltIn)
    let use = use(settings)
    let name = settings.name.value
    guest.bridges.append(
      ResolvedBridge(
        index: guest.bridges.count,
        position: position,
        configuration: settings,
        name: name,
        kind: kind,
        isBuiltIn: isBuiltIn,
        use: use,
        model: model(settings),
        bypassesIOMMU: bypasses(use.value),
        bus: bus(name, kind.value, isBuiltIn)
      )
    )
  }

  private func kind(_ bridge: HostBridge, _ isBuiltIn: Bool) -> Chosen<HostBridgeKind> {
    .written(
      bridge.kind,
      or: {
        switch guest.machine.family {
        case .pseries: (.spapr, "a pseries guest has no other")
        case .s390: (.zpci, "an s390 guest has no other")
        case .pc:
          isBuiltIn ? (.root, "the built-in bridge") : (.pxb, "an expander of this machine")
        case .q35, .virt, .powernv, .unknown:
          isBuiltIn
            ? (.root, "the built-in bridge") : (.pxbPCIe, "an expander of this machine")
        }
      }()
    )
  }

  private func use(_ bridge: HostBridge) -> Chosen<IOMMUUse> {
    .written(
      bridge.iommuUse,
      or: {
        switch guest.guestIOMMU {
        case .none: (.mapAll, "the guest sees no IOMMU")
        case .papr: (.guestVisible, "every PAPR host bridge has DMA windows of its own")
        case .zpci: (.guestVisible, "s390 PCI instructions program the translation")
        case .intel, .amd, .virtio, .smmuv3, .riscv:
          configuration.viommu?.accelerated?.value == true || configuration.viommu?.firstStage?.value == true
            ? (.nested, "the hardware walks the guest's tables") : (.guestVisible, "the guest has an IOMMU")
        }
      }()
    )
  }

  private func bypasses(_ use: IOMMUUse) -> Bool {
    guard use == .mapAll else { return false }
    return [.intel, .amd, .virtio, .smmuv3, .riscv].contains(guest.guestIOMMU)
  }

  func model(_ bridge: HostBridge) -> Chosen<IOMMUModel> {
    if let written = bridge.iommuModel { return .written(written) }
    if let written = configuration.iommuModel { return .written(written) }
    return automaticModel()
  }

  private func automaticModel() -> Chosen<IOMMUModel> {
    if let isPOWER = host?.isPOWER {
      guard !isPOWER else { return .decided(.spaprTCEv2, "a POWER host is tried with v2 first") }
    } else if guest.machine.family == .pseries && guest.accelerator.value == .kvm {
      return .decided(.spaprTCEv2, "a pseries guest under KVM runs on a POWER host")
    }
    if configuration.passDescriptors?.value == true {
      return .decided(.iommufd, "only its descriptors can be passed to the hypervisor")
    }
    if let host, host.module("vfio_iommu_type1")?.isLoaded == false, host.module("iommufd")?.isLoaded == true
    {
      return .decided(.iommufd, "the host has iommufd loaded and no Type1")
    }
    return .decided(.type1v2, "every hypervisor and kernel has it")
  }

  /// The id of a bridge's root bus, as QEMU names it.
  private func bus(_ name: String, _ kind: HostBridgeKind, _ isBuiltIn: Bool) -> String {
    guard !isBuiltIn else {
      switch guest.machine.family {
      case .q35, .virt: return "pcie.0"
      case .pc, .pseries, .powernv, .s390, .unknown: return "pci.0"
      }
    }
    // QEMU 10.0, hw/ppc/spapr_pci.c: spapr_phb_realize names the bus of a PHB after its id.
    return kind == .spapr ? "\(name).0" : name
  }

  // MARK: Places

  /// Nothing is placed in a slot of which the machine has a part.
  private mutating func reserveMachineSlots() {
    guard let root = guest.bridges.first else { return }
    for taken in guest.machineSlots { buses.takeSlot(bus: root.bus, slot: taken.slot) }
  }

  /// Places that are written are taken before any is chosen.
  private mutating func takeWritten(of index: Int) {
    let bridge = guest.bridges[index]
    for neighbour in bridge.configuration.neighbours {
      guard let slot = neighbour.slot?.value else { continue }
      buses.take(
        bus: neighbour.port.map { portBus($0.value) } ?? bridge.bus,
        slot: slot,
        function: neighbour.function?.value ?? 0
      )
    }
    for port in bridge.configuration.ports {
      guard let slot = port.slot?.value else { continue }
      buses.take(
        bus: port.parent.map { portBus($0.value) } ?? bridge.bus,
        slot: slot,
        function: port.function?.value ?? 0
      )
    }
    for device in bridge.configuration.devices {
      guard let slot = device.slot?.value else { continue }
      buses.take(
        bus: device.port.map { portBus($0.value) } ?? bridge.bus,
        slot: slot,
        function: device.function?.value ?? 0
      )
    }
  }

  /// The bus below a port has the port's name.
  func portBus(_ name: String) -> String { name }

  /// Expander bridges sit in slots of the main root bus.
  private mutating func placeExpanders() {
    guard let root = guest.bridges.first?.bus else { return }
    for index in guest.bridges.indices {
      let kind = guest.bridges[index].kind.value
      guard !guest.bridges[index].isBuiltIn, kind == .pxb || kind == .pxbPCIe else { continue }
      let slot = buses.firstFreeSlot(on: root, from: firstSlot(ofBridge: 0)) ?? 31
      buses.takeSlot(bus: root, slot: slot)
      guest.bridges[index].address = ResolvedAddress(
        bus: root,
        slot: .decided(slot, "the first free slot of the root bus"),
        function: .decided(0, "its only one"),
        isMultifunction: .decided(false, "its only function")
      )
    }
  }

  /// The first slot that is chosen on a bridge's root bus; slot 1 is left to a display or a guest IOMMU on PCI Express
  /// machines.
  func firstSlot(ofBridge bridge: Int) -> Int {
    switch guest.bridges[bridge].kind.value {
    case .root:
      guest.machine.family == .pc || guest.machine.family == .q35 || guest.machine.family == .virt ? 2 : 1
    case .spapr, .pxb, .segment, .zpci: 1
    case .pxbPCIe: 0
    }
  }

  /// PAPR indexes: written ones stand, the others get the next free one from 1.
  private mutating func numberPHBs() {
    guard guest.machine.family == .pseries else { return }
    var taken = Set(configuration.bridges.compactMap { $0.index?.value })
    taken.insert(0)
    for index in guest.bridges.indices where guest.bridges[index].kind.value == .spapr {
      if let written = guest.bridges[index].configuration.index {
        guest.bridges[index].phbIndex = .written(written)
      } else if guest.bridges[index].isBuiltIn {
        guest.bridges[index].phbIndex = .decided(0, "the built-in host bridge")
      } else {
        var next = 1
        while taken.contains(next) { next += 1 }
        taken.insert(next)
        guest.bridges[index].phbIndex = .decided(next, "the next free index")
      }
      guest.bridges[index].ddw = ddw(guest.bridges[index])
    }
  }

  private func ddw(_ bridge: ResolvedBridge) -> Chosen<Bool> {
    .written(
      bridge.configuration.window.ddw,
      or: {
        if bridge.model.value == .spaprTCE { return (false, "sPAPR TCE v1 has no dynamic windows") }
        let functions = bridge.configuration.devices.compactMap(\.address).compactMap { host?.device(at: $0) }
        if functions.contains(where: { host?.tce(of: $0.address)?.offersDDW == false }) {
          return (false, "the host offers no dynamic windows there")
        }
        if host?.cpu.platform == "pSeries", functions.contains(where: { $0.physicalFunction != nil }) {
          return (false, "a virtual function of PowerVM has a single window")
        }
        return (true, "the guest can then map all it needs in one large window")
      }()
    )
  }
}
