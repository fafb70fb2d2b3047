import Diagnostics
import GuestSchema
import HostInventory
import VFIOTypes

extension GuestResolver {
  /// What each device sees when it does DMA.
  ///
  /// QEMU 10.0, hw/pci/pci.c: pci_device_get_iommu_bus_devfn and pci_bus_bypass_iommu, walked the same way.
  mutating func resolveAddressSpaces() {
    for index in guest.devices.indices {
      guest.devices[index].addressSpace = addressSpace(ofDevice: index)
    }
  }

  private func addressSpace(ofDevice index: Int) -> GuestAddressSpace {
    let bridge = guest.devices[index].bridge
    return switch guest.bridges[bridge].use.value {
    case .nested: .system
    case .mapAll: guest.guestIOMMU == .papr ? .bridge(bridge) : .system
    case .guestVisible: guestVisibleSpace(ofDevice: index)
    }
  }

  private func guestVisibleSpace(ofDevice index: Int) -> GuestAddressSpace {
    let bridge = guest.devices[index].bridge
    switch guest.guestIOMMU {
    case .papr: return .bridge(bridge)
    case .none: return .system
    case .zpci, .intel, .amd, .virtio, .smmuv3, .riscv: break
    }
    let address = guest.devices[index].address
    var (bus, slot, function) = (address.bus, address.slot.value, address.function.value)
    var above = guest.devices[index].port
    while let index = above {
      let kind = guest.ports[index].kind
      if kind == .pciePCIBridge {
        // A PCI Express to PCI bridge speaks for everything below it as device 0 of its own bus.
        (bus, slot, function) = (guest.ports[index].name, 0, 0)
      } else if kind.isConventional {
        let own = guest.ports[index].address
        (bus, slot, function) = (own.bus, own.slot.value, own.function.value)
      }
      above = guest.ports[index].parent
    }
    if guest.bridges[bridge].kind.value == .pxb, let own = guest.bridges[bridge].address {
      (bus, slot, function) = (own.bus, own.slot.value, own.function.value)
    }
    return .requester(bus: bus, slot: slot, function: function)
  }

  // MARK: Groups

  /// The groups the guest is given a member of, and what becomes of each member.
  mutating func resolveGroups() {
    guard let host, let hostGroups = host.groups else { return }
    var positions: [Int: Int] = [:]
    for device in guest.devices.indices {
      guard let hostGroup = guest.devices[device].hostGroup else { continue }
      let position: Int
      if let known = positions[hostGroup] {
        position = known
      } else {
        position = guest.groups.count
        positions[hostGroup] = position
        guest.groups.append(
          ResolvedGroup(
            index: position,
            hostGroup: hostGroup,
            members: [],
            devices: [],
            addressSpaces: []
          )
        )
      }
      guest.devices[device].group = position
      guest.groups[position].devices.append(device)
      let space = guest.devices[device].addressSpace
      if !guest.groups[position].addressSpaces.contains(space) {
        guest.groups[position].addressSpaces.append(space)
      }
    }
    for index in guest.groups.indices {
      let members = members(ofGroup: index, hostGroups[guest.groups[index].hostGroup].members, host)
      guest.groups[index].members = members
    }
  }

  private func members(ofGroup group: Int, _ addresses: [PCIAddress], _ host: HostSnapshot)
    -> [ResolvedGroup.Member]
  {
    let devices = guest.groups[group].devices
    let parks = devices.contains { guest.devices[$0].configuration.siblings?.value == .park }
    // Most groups are small; in a large one a walk over the devices for each member would never end.
    var positions: [PCIAddress: Int] = [:]
    if devices.count > 8 {
      for device in devices {
        guard let address = guest.devices[device].hostAddress, positions[address] == nil else { continue }
        positions[address] = device
      }
    }
    return addresses.map { address in
      let index = host.index(of: address)
      let device =
        positions.isEmpty
        ? devices.first { guest.devices[$0].hostAddress == address } : positions[address]
      let role = device.map { .assigned(device: $0) } ?? role(address, index, host, parks: parks)
      return .init(address: address, hostDevice: index, role: role)
    }
  }

  /// What becomes of a member that is not given to this guest.
  private func role(_ address: PCIAddress, _ index: Int?, _ host: HostSnapshot, parks: Bool)
    -> ResolvedGroup.Role
  {
    if let other = assigned[address], other != guest.index { return .assignedElsewhere(guest: other) }
    guard let index else { return .unknown }
    // A bridge cannot be bound to vfio-pci; its port driver does no DMA of its own. What is parked leaves its driver,
    // whichever it is.
    if parks && host.devices[index].isBridge != true { return .parked }
    guard let blocks = host.devices[index].blocksGroup else { return .unknown }
    return blocks ? .blocks(driver: host.devices[index].driver?.name ?? "") : .stays
  }
}
