import Diagnostics
import GuestSchema
import HostInventory
import VFIOTypes

/// Resolves one guest, in the order in which later answers rest on earlier ones.
struct GuestResolver {
  let configuration: Guest
  let host: HostSnapshot?
  /// For each host function of the file, the first guest it is written in.
  let assigned: [PCIAddress: Int]
  var guest: ResolvedGuest
  var buses = BusOccupancy()
  /// The ports by their names, the first of equals.
  var portPositions: [String: Int] = [:]
  var deviceNames: Set<String> = []
  /// Chassis numbers the file gives away, and the last one that was chosen.
  let writtenChassis: Set<Int>
  var lastChassis = 0

  init(_ configuration: Guest, index: Int, host: HostSnapshot?, assigned: [PCIAddress: Int]) {
    self.configuration = configuration
    self.host = host
    self.assigned = assigned
    self.writtenChassis = Set(configuration.bridges.flatMap(\.ports).compactMap { $0.chassis?.value })
    let machine = MachineType(configuration.machine?.value ?? "")
    let accelerator = Chosen.written(configuration.hypervisor.accelerator, or: (.kvm, "the fast one"))
    self.guest = ResolvedGuest(
      index: index,
      configuration: configuration,
      machine: machine,
      architecture: GuestResolver.architecture(configuration, machine, host),
      hypervisor: Chosen.written(configuration.hypervisor.name, or: (.qemu, "the usual one")),
      hypervisorVersion: GuestResolver.version(configuration, host),
      accelerator: accelerator,
      // QEMU 10.0, target/i386/host-cpu.c and target/ppc/kvm.c: the model 'host' exists under KVM alone.
      processorModel: .written(
        configuration.cpu.model,
        or: accelerator.value == .kvm
          ? ("host", "the guest can then use all the host has") : ("max", "all that can be emulated")
      ),
      guestIOMMU: GuestResolver.guestIOMMU(configuration, machine),
      viommu: nil,
      interruptChip: .decided(nil, "the machine's default"),
      memory: GuestResolver.memory(configuration, machine, accelerator.value, host)
    )
  }

  mutating func resolve() -> ResolvedGuest {
    resolveBridges()
    resolveGuestIOMMU()
    resolvePorts()
    resolveDevices()
    resolveBusNumbers()
    markMultifunction()
    resolveAddressSpaces()
    resolveGroups()
    resolveContainers()
    resolveLockedMemory()
    return guest
  }

  // MARK: The machine

  private static func architecture(_ guest: Guest, _ machine: MachineType, _ host: HostSnapshot?)
    -> Chosen<GuestArchitecture>
  {
    .written(
      guest.architecture,
      or: {
        switch machine.family {
        case .pseries, .powernv: (.power, "the machine has no other")
        case .q35, .pc: (.x86, "the machine has no other")
        case .s390: (.s390, "the machine has no other")
        case .virt, .unknown:
          host?.cpu.architecture == .riscv ? (.riscv, "the host's") : (.arm, "'virt' on most hosts")
        }
      }()
    )
  }

  private static func version(_ guest: Guest, _ host: HostSnapshot?) -> Chosen<Version> {
    if let written = guest.hypervisor.version, let version = Version(written.value) {
      return .written(written.map { _ in version })
    }
    let name = guest.hypervisor.name?.value ?? .qemu
    if let installed = host?.hypervisors?.last(where: { $0.name == name }) {
      return .decided(installed.version, "installed on the host")
    }
    return .decided(Version(10, 0), "the newest that is known in full")
  }

  private static func guestIOMMU(_ guest: Guest, _ machine: MachineType) -> GuestIOMMU {
    switch machine.family {
    case .pseries: .papr
    case .s390: .zpci
    case .q35, .pc, .virt, .powernv, .unknown: guest.viommu?.model?.value ?? .none
    }
  }

  // MARK: Memory

  private static func memory(
    _ guest: Guest,
    _ machine: MachineType,
    _ accelerator: Accelerator,
    _ host: HostSnapshot?
  ) -> ResolvedMemory {
    let size = guest.memory.size?.value.bytes ?? 0
    let modules = guest.memory.modules.reduce(UInt64(0)) { $0 &+ $1.size.value.bytes }
    let maximum = max(guest.memory.maximum?.value.bytes ?? 0, size &+ modules)
    let hugepages = guest.memory.hugepages?.value.bytes
    let backing = Chosen.written(
      guest.memory.backing,
      or: hugepages == nil
        ? (.anonymous, "no huge pages are asked for")
        : (.hugetlbfs, "huge pages of \(ByteCount(hugepages ?? 0).sentence) are asked for")
    )
    let layout = layout(guest, machine, size, maximum, isAMD: isAMD(guest, accelerator, host))
    return ResolvedMemory(
      size: size,
      maximum: maximum,
      backing: backing,
      pageSize: hugepages ?? host?.pageSize,
      ranges: layout.ranges,
      layoutReason: layout.reason
    )
  }

  private static func layout(
    _ guest: Guest,
    _ machine: MachineType,
    _ size: UInt64,
    _ maximum: UInt64,
    isAMD: Bool?
  ) -> (ranges: [ResolvedMemory.Range], reason: String) {
    let pc = GuestMemoryLayout.PC(
      bootMemory: size,
      maximumMemory: maximum,
      slots: guest.memory.slots?.value ?? 0,
      pciHole64: guest.pciHole64?.value.bytes,
      isAMD: isAMD,
      version: machine.version
    )
    switch machine.family {
    case .q35: return GuestMemoryLayout.q35(pc)
    case .pc: return GuestMemoryLayout.i440fx(pc)
    case .virt:
      let start: UInt64 = guest.architecture?.value == .riscv ? 0x8000_0000 : 0x4000_0000
      return GuestMemoryLayout.contiguous(
        size,
        at: start,
        because: "RAM of this machine starts at \(ByteCount(start).sentence)"
      )
    case .pseries, .powernv, .s390, .unknown:
      return GuestMemoryLayout.contiguous(size, at: 0, because: "RAM of this machine starts at 0")
    }
  }

  /// Whether the guest's CPUID vendor is AMD: under KVM it is the host's, whatever model is named.
  private static func isAMD(_ guest: Guest, _ accelerator: Accelerator, _ host: HostSnapshot?) -> Bool? {
    switch guest.cpu.vendor?.value {
    case .amd: return true
    case .intel: return false
    case .host, nil: break
    }
    guard accelerator == .kvm else { return nil }
    return host?.cpu.vendor.map { $0 == "AuthenticAMD" || $0 == "HygonGenuine" }
  }

  // MARK: The guest IOMMU

  /// The settings of a guest IOMMU device, those left open answered so that assigned devices work.
  private mutating func resolveGuestIOMMU() {
    guard let settings = configuration.viommu,
      [.intel, .amd, .virtio, .smmuv3, .riscv].contains(guest.guestIOMMU)
    else {
      guest.interruptChip = .written(
        configuration.interruptChip.map { $0.map(Optional.some) },
        or: (nil, "the machine's default")
      )
      return
    }
    var viommu = ResolvedGuestIOMMU(configuration: settings)
    if guest.guestIOMMU == .intel {
      viommu.cachingMode = .written(
        settings.cachingMode,
        or: (true, "assigned devices behind intel-iommu need to hear of every mapping")
      )
      viommu.interruptRemapping = .written(
        settings.interruptRemapping,
        or: (true, "interrupts of assigned devices are then isolated too")
      )
      viommu.extendedInterruptMode =
        settings.extendedInterruptMode.map { .written($0) }
        ?? ((configuration.cpu.count?.value ?? 1) > 255
          ? .decided(true, "there are more than 255 processors") : nil)
    }
    viommu.addressBits = addressBits(settings)
    if guest.guestIOMMU == .virtio, let root = guest.bridges.first {
      let slot = Chosen.written(
        settings.slot,
        or: (buses.firstFreeSlot(on: root.bus, from: 1) ?? 1, "the first free slot of the root bus")
      )
      viommu.slot = slot
      buses.take(bus: root.bus, slot: slot.value, function: 0)
    }
    guest.viommu = viommu
    let needsSplit = viommu.interruptRemapping?.value == true
    guest.interruptChip = .written(
      configuration.interruptChip.map { $0.map(Optional.some) },
      or: needsSplit ? (.split, "interrupt remapping needs it") : (nil, "the machine's default")
    )
  }

  /// The width of an IOVA: no wider than what every group of the host takes.
  private func addressBits(_ settings: GuestIOMMUSettings) -> Chosen<Int>? {
    if let written = settings.addressBits { return .written(written) }
    guard guest.guestIOMMU == .intel || guest.guestIOMMU == .virtio else { return nil }
    let lasts = (host?.groups ?? []).compactMap { $0.iovaRanges?.ranges.last?.last }
    guard let least = lasts.min() else { return nil }
    let hostBits =
      64 - (least + (least == UInt64.max ? 0 : 1)).leadingZeroBitCount - (least == UInt64.max ? 0 : 1)
    guard guest.guestIOMMU == .intel else {
      return hostBits < 39 ? .decided(hostBits, "the host's IOMMU has \(hostBits) bits") : nil
    }
    return .decided(hostBits >= 48 ? 48 : 39, "the host's IOMMU has \(hostBits) bits")
  }
}
