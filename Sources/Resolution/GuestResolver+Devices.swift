import Diagnostics
import GuestSchema
import HostInventory
import VFIOTypes

extension GuestResolver {
  /// A host device below one bridge.
  private struct SharedKey: Hashable {
    var bridge: Int
    /// Its function 0.
    var device: PCIAddress
  }

  /// Where the functions of one host device went, so that a further one of its group joins them.
  private struct SharedSlot {
    var first: PCIAddress
    var port: Int?
    var address: ResolvedAddress
  }

  mutating func resolveDevices() {
    var shared: [SharedKey: SharedSlot] = [:]
    for bridge in guest.bridges.indices {
      for device in guest.bridges[bridge].configuration.devices { add(device, bridge: bridge, &shared) }
      giveSiblings(bridge: bridge, &shared)
    }
  }

  private mutating func add(_ device: AssignedDevice, bridge: Int, _ shared: inout [SharedKey: SharedSlot]) {
    let name = device.name?.value ?? "\(guest.bridges[bridge].name)-\(device.position)"
    place(device, reference: device.reference.value, name: name, bridge: bridge, isSibling: false, &shared)
  }

  /// Members of the groups of devices that say so are given along, in the order of their addresses.
  private mutating func giveSiblings(bridge: Int, _ shared: inout [SharedKey: SharedSlot]) {
    guard let host else { return }
    var given: Set<PCIAddress> = []
    for index in guest.bridges[bridge].devices {
      let device = guest.devices[index]
      guard device.configuration.siblings?.value == .give, let group = device.hostGroup,
        let groups = host.groups
      else { continue }
      for member in groups[group].members where assigned[member] == nil && !given.contains(member) {
        guard host.device(at: member)?.isBridge != true else { continue }
        given.insert(member)
        let name = "\(device.name)-f\(member.function)"
        let isTaken = deviceNames.contains(name)
        place(
          device.configuration,
          reference: .pci(member),
          name: isTaken ? "\(device.name)-\(member.bus)-\(member.device)-\(member.function)" : name,
          bridge: bridge,
          isSibling: true,
          &shared
        )
      }
    }
  }

  private mutating func place(
    _ device: AssignedDevice,
    reference: AssignedDevice.Reference,
    name: String,
    bridge: Int,
    isSibling: Bool,
    _ shared: inout [SharedKey: SharedSlot]
  ) {
    var hostAddress: PCIAddress?
    if case .pci(let address) = reference { hostAddress = address }
    let hostDevice = hostAddress.flatMap { host?.index(of: $0) }
    let hostGroup = hostDevice.flatMap { host?.devices[$0].group }
    let (port, address) = spot(device, name, bridge, hostAddress, hostDevice, isSibling, &shared)
    let index = guest.devices.count
    deviceNames.insert(name)
    guest.devices.append(
      ResolvedDevice(
        index: index,
        configuration: device,
        isGivenSibling: isSibling,
        reference: reference,
        name: name,
        bridge: bridge,
        port: port,
        address: address,
        model: device.iommuModel.map { .written($0) } ?? guest.bridges[bridge].model,
        driver: driver(device, hostDevice, isSibling),
        hostDevice: hostDevice,
        hostGroup: hostGroup,
        addressSpace: .system
      )
    )
    guest.bridges[bridge].devices.append(index)
  }

  private func driver(_ device: AssignedDevice, _ hostDevice: Int?, _ isSibling: Bool) -> Chosen<String> {
    if let written = device.driver, !isSibling { return .written(written) }
    if let hostDevice, let facts = host?.devices[hostDevice], facts.isOnVFIODriver == true,
      let name = facts.driver?.name, name != "vfio-pci"
    {
      return .decided(name, "a VFIO driver that is bound already")
    }
    return .decided("vfio-pci", "fits every PCI function")
  }

  // MARK: Places

  private mutating func spot(
    _ device: AssignedDevice,
    _ name: String,
    _ bridge: Int,
    _ hostAddress: PCIAddress?,
    _ hostDevice: Int?,
    _ isSibling: Bool,
    _ shared: inout [SharedKey: SharedSlot]
  ) -> (port: Int?, address: ResolvedAddress) {
    let isOpen = isSibling || device.port == nil && device.slot == nil && device.function == nil
    if isOpen, let hostAddress, let found = join(hostAddress, hostDevice, bridge, shared) { return found }
    let (port, address) = isSibling ? newSpot(nil, name, bridge) : newSpot(device, name, bridge)
    buses.take(bus: address.bus, slot: address.slot.value, function: address.function.value)
    if let hostAddress, isOpen {
      let key = SharedKey(bridge: bridge, device: hostAddress.with(function: 0))
      if shared[key] == nil { shared[key] = SharedSlot(first: hostAddress, port: port, address: address) }
    }
    return (port, address)
  }

  /// Functions of one device that are of one group share a guest slot, as drivers of graphics and audio expect.
  ///
  /// Virtual functions stay apart: each is a device of its own.
  private mutating func join(
    _ hostAddress: PCIAddress,
    _ hostDevice: Int?,
    _ bridge: Int,
    _ shared: [SharedKey: SharedSlot]
  ) -> (port: Int?, address: ResolvedAddress)? {
    guard let hostDevice, let facts = host?.devices[hostDevice], facts.physicalFunction == nil,
      let group = facts.group,
      let slot = shared[SharedKey(bridge: bridge, device: hostAddress.with(function: 0))],
      host?.device(at: slot.first)?.group == group
    else { return nil }
    let taken = buses.functions(bus: slot.address.bus, slot: slot.address.slot.value)
    guard let function = (1..<8).first(where: { taken & 1 << UInt8($0) == 0 }) else { return nil }
    var address = slot.address
    address.function = .decided(function, "its host device has other functions in this slot")
    buses.take(bus: address.bus, slot: address.slot.value, function: function)
    return (slot.port, address)
  }

  private mutating func newSpot(
    _ device: AssignedDevice?,
    _ name: String,
    _ bridge: Int
  ) -> (port: Int?, address: ResolvedAddress) {
    let kind = guest.bridges[bridge].kind.value
    var port = device?.port.flatMap { portPositions[$0.value] }
    let isExpressRoot = kind == .pxbPCIe || kind == .root && [.q35, .virt].contains(guest.machine.family)
    if port == nil, device?.port == nil, isExpressRoot, device?.slot == nil {
      port = makePort(for: name, bridge: bridge)
    }
    let bus = port.map { guest.ports[$0].name } ?? guest.bridges[bridge].bus
    var address = buses.place(on: bus, from: firstDeviceSlot(port, bridge), packed: false)
    if let slot = device?.slot { address.slot = .written(slot) }
    address.function = .written(device?.function, or: (0, "the first one"))
    address.isMultifunction = .written(device?.multifunction, or: (false, "the only function of its slot"))
    return (port, address)
  }

  private func firstDeviceSlot(_ port: Int?, _ bridge: Int) -> Int {
    guard let port else { return firstSlot(ofBridge: bridge) }
    // Slot 0 of a conventional bridge is its hot-plug controller's.
    return guest.ports[port].kind.isConventional ? 1 : 0
  }
}
