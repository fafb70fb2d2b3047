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
      guest.groups[index].members = members(guest.groups[index], hostGroups, host)
    }
  }

  private func members(_ group: ResolvedGroup, _ hostGroups: [HostGroup], _ host: HostSnapshot)
    -> [ResolvedGroup.Member]
  {
    let parks = group.devices.contains { guest.devices[$0].configuration.siblings?.value == .park }
    return hostGroups[group.hostGroup].members.map { address in
      let index = host.index(of: address)
      return .init(
        address: address,
        hostDevice: index,
        role: role(address, index.map { host.devices[$0] }, group, parks: parks)
      )
    }
  }

  private func role(_ address: PCIAddress, _ facts: HostDevice?, _ group: ResolvedGroup, parks: Bool)
    -> ResolvedGroup.Role
  {
    if let device = group.devices.first(where: { guest.devices[$0].hostAddress == address }) {
      return .assigned(device: device)
    }
    if let other = assigned[address], other != guest.index { return .assignedElsewhere(guest: other) }
    guard let facts else { return .unknown }
    // A bridge cannot be bound to vfio-pci; its port driver does no DMA of its own. What is parked leaves its driver,
    // whichever it is.
    if parks && facts.isBridge != true { return .parked }
    guard let blocks = facts.blocksGroup else { return .unknown }
    return blocks ? .blocks(driver: facts.driver?.name ?? "") : .stays
  }
}
