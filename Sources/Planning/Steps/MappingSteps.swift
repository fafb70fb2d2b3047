import Diagnostics
import GuestSchema
import Resolution
import VFIOPlan
import VFIOTypes

/// What containers of Type1 and IOASes have in common: what is read, proven and mapped, and the devices.
enum MappingSteps {
  /// What the container must accept: guest RAM where all of it is mapped, else what the host is known to take.
  static func accepting(_ container: ResolvedContainer, _ context: GuestContext) -> [IOVARange] {
    switch container.use {
    case .mapAll, .nested: context.guest.memory.ranges.map(\.range)
    case .guestVisible: container.ranges ?? []
    }
  }

  /// Reading what a container of Type1 offers, and a page at the edges of what it must accept; nothing of either where
  /// there is no IOMMU to ask.
  static func reading(_ container: ResolvedContainer, _ context: GuestContext) -> [PlannedStep] {
    guard container.model.value != .noIOMMU else { return [] }
    let ranges = accepting(container, context)
    return [
      PlannedStep(
        .readInformation(container: container.name.value, accepting: ranges),
        from: context.origin(of: container)
      )
    ] + proving(container, ranges, pageSize: container.pageSize, context)
  }

  /// One page at each end of each range.
  static func proving(
    _ container: ResolvedContainer,
    _ ranges: [IOVARange],
    pageSize: UInt64?,
    _ context: GuestContext
  ) -> [PlannedStep] {
    guard let pageSize else { return [] }
    return ranges.flatMap { edges(of: $0, pageSize: pageSize) }.map { address in
      PlannedStep(
        .proveMapping(container: container.name.value, address: address, pageSize: pageSize),
        from: context.origin(of: container)
      )
    }
  }

  /// The addresses of the first and the last page that lie in a range whole.
  static func edges(of range: IOVARange, pageSize: UInt64) -> [UInt64] {
    let mask = pageSize - 1
    guard range.last >= mask, range.start <= UInt64.max - mask else { return [] }
    let first = (range.start + mask) & ~mask
    let last = (range.last - mask) & ~mask
    guard first <= last else { return [] }
    return first == last ? [first] : [first, last]
  }

  /// Guest RAM at its guest physical addresses.
  static func mapping(_ container: ResolvedContainer, _ context: GuestContext) -> [PlannedStep] {
    guard container.model.value != .noIOMMU else { return [] }
    return context.guest.memory.ranges.map { range in
      PlannedStep(
        .mapMemory(container: container.name.value, memory: range.name, range: range.range),
        from: context.memoryOrigin
      )
    }
  }

  /// Opens the devices of groups and reads what each is.
  static func openingDevices(
    of groups: [(name: PCIAddress, devices: [ResolvedDevice])],
    _ context: GuestContext
  ) -> [PlannedStep] {
    groups.flatMap { group in
      group.devices.flatMap { device -> [PlannedStep] in
        guard let address = device.hostAddress else { return [] }
        let token = device.isGivenSibling ? nil : device.configuration.vfToken?.value
        let origin = context.origin(of: device)
        return [
          PlannedStep(.openDevice(address, group: group.name, vfToken: token), from: origin),
          PlannedStep(.readDevice(address), from: origin),
        ]
      }
    }
  }
}

extension GuestContext {
  /// The first device of a group in a container.
  func origin(of group: (name: PCIAddress, devices: [ResolvedDevice]), in container: ResolvedContainer)
    -> Origin
  {
    group.devices.first.map { origin(of: $0) } ?? origin(of: container)
  }
}
