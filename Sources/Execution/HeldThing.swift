import VFIOCore
package import VFIOPlan
package import VFIOTypes

/// Something that a plan which was carried out has taken, as others are told of it.
///
/// Its descriptor is lent: the plan goes on owning it, so that the number is good until the plan ends and no longer.
package struct HeldThing: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// A container with the model that was set on it.
    case container(IOMMUModel?)
    /// A group, by its lowest member, and the container it joined.
    case group(container: String?)
    /// An open device, and the container or address space its transfers go through.
    case device(PCIAddress, container: String?)
    case iommufd
    /// An IOAS, which has no descriptor of its own but a number in its iommufd.
    case addressSpace(iommufd: String, id: UInt32)
    /// RAM of the guest, where it lies there, in bytes.
    case memory(start: UInt64, size: UInt64, pageSize: UInt64)
  }

  package var kind: Kind
  /// The guest it is for.
  package var guest: String
  /// Its name in the plan: unique among the things of its kind and guest.
  package var name: String
  /// The number of its descriptor in this process; nil of what has none.
  package var number: Int32?

  package init(_ kind: Kind, guest: String, name: String, number: Int32?) {
    self.kind = kind
    self.guest = guest
    self.name = name
    self.number = number
  }
}

extension AppliedPlan {
  /// Everything that is held, in the order of the plan's steps.
  ///
  /// - Parameter plan: the plan that was carried out.
  /// - Returns: the things, their descriptors lent.
  package borrowing func things(of plan: Plan) -> [HeldThing] {
    var found: [HeldThing] = []
    var told: Set<Int32> = []
    for (position, operation) in program.operations.enumerated() {
      let guest = plan.guests[program.place(of: position).guest]
      switch operation {
      case .openContainer(let container): found += thing(container: container, guest)
      case .attachGroupToAccepting(let choice):
        // The one it was given where no other took it.
        let own = program.accepting[Int(choice)].another
        if told.insert(own).inserted { found += thing(container: own, guest) }
      case .openGroup(let group): found += thing(group: group, guest)
      case .openDevice(let device): found += thing(device: device, guest)
      case .bindDevice(let pair): found += thing(device: program.pairs[Int(pair)].first, guest)
      case .openIOMMUFD(let iommufd):
        guard let key = iommufds[Int(iommufd)] else { continue }
        let number = table.number(of: key).number
        found.append(
          HeldThing(.iommufd, guest: guest.name, name: program.iommufds[Int(iommufd)], number: number)
        )
      case .allocateIOAS(let pair):
        let (container, iommufd) = (program.pairs[Int(pair)].first, program.pairs[Int(pair)].second)
        guard let state = containers[Int(container)].ioas else { continue }
        let kind = HeldThing.Kind.addressSpace(
          iommufd: program.iommufds[Int(iommufd)],
          id: state.id.number
        )
        found.append(
          HeldThing(kind, guest: guest.name, name: program.containers[Int(container)], number: nil)
        )
      case .registerMemory, .mapMemory, .attachGroup, .setIOMMU, .readInformation, .proveMapping, .readDevice,
        .enable, .removeDefaultWindow, .createWindow, .enableEEH, .attachDevice, .skip:
        break
      }
    }
    return found + memory(of: plan)
  }

  private borrowing func thing(container: Int32, _ guest: GuestPlan) -> [HeldThing] {
    guard let key = containers[Int(container)].key else { return [] }
    let kind = HeldThing.Kind.container(
      containers[Int(container)].isReplaced ? .spaprTCE : containers[Int(container)].space.model
    )
    let name = program.containers[Int(container)]
    return [HeldThing(kind, guest: guest.name, name: name, number: table.number(of: key).number)]
  }

  private borrowing func thing(group: Int32, _ guest: GuestPlan) -> [HeldThing] {
    guard let key = groups[Int(group)].key else { return [] }
    let number = table.number(of: key).number
    let kind = HeldThing.Kind.group(container: container(ofGroup: group))
    return [
      HeldThing(kind, guest: guest.name, name: "\(program.groups.addresses[Int(group)])", number: number)
    ]
  }

  private borrowing func thing(device: Int32, _ guest: GuestPlan) -> [HeldThing] {
    guard let key = devices[Int(device)] else { return [] }
    let address = program.devices.addresses[Int(device)]
    let group = program.deviceGroups[Int(device)]
    let container = group >= 0 ? container(ofGroup: group) : guest.device(at: address)?.container
    return [
      HeldThing(
        .device(address, container: container),
        guest: guest.name,
        name: guest.device(at: address)?.name ?? "\(address)",
        number: table.number(of: key).number
      )
    ]
  }

  private borrowing func container(ofGroup group: Int32) -> String? {
    if let chosen = groups[Int(group)].chosen { return program.containers[Int(chosen)] }
    for operation in program.operations {
      guard case .attachGroup(let pair) = operation, program.pairs[Int(pair)].first == group else { continue }
      return program.containers[Int(program.pairs[Int(pair)].second)]
    }
    return nil
  }

  private borrowing func memory(of plan: Plan) -> [HeldThing] {
    var found: [HeldThing] = []
    for (position, need) in program.memories.enumerated() {
      // Memory that only a proof has mapped is nobody's RAM.
      guard let ram = need.ram, let entry = memories.entry(of: Int32(position)),
        plan.guests.indices.contains(ram.guest)
      else { continue }
      let guest = plan.guests[ram.guest]
      guard let range = guest.memory.ranges.first(where: { $0.name == ram.name }) else { continue }
      let kind = HeldThing.Kind.memory(start: range.start, size: entry.size, pageSize: entry.pageSize)
      found.append(HeldThing(kind, guest: guest.name, name: ram.name, number: entry.file?.number))
    }
    return found
  }
}

extension GuestPlan {
  /// The assigned device of that address.
  package func device(at address: PCIAddress) -> PlannedDevice? {
    devices.first { $0.subject == .pci(address) }
  }
}
