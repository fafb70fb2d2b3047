import Diagnostics
import GuestSchema
import HostInventory
import Resolution
import VFIOPlan
import VFIOTypes

/// Which driver each function of the host is to have: done once, before any guest.
enum Bindings {
  /// The bindings of all guests, sorted by address.
  static func bindings(of guests: [GuestContext]) -> [DriverBinding] {
    var bindings: [PCIAddress: DriverBinding] = [:]
    for context in guests {
      for device in context.guest.devices {
        guard let binding = assigned(device, context) else { continue }
        bindings[binding.device] = binding
      }
    }
    for context in guests {
      for group in context.guest.groups {
        for member in group.members where member.role == .parked && bindings[member.address] == nil {
          bindings[member.address] = parked(member, group, context)
        }
      }
    }
    return bindings.values.sorted { $0.device < $1.device }
  }

  private static func assigned(_ device: ResolvedDevice, _ context: GuestContext) -> DriverBinding? {
    guard let address = device.hostAddress else { return nil }
    return DriverBinding(
      device: address,
      group: device.group.map { context.guest.groups[$0].members.map(\.address) } ?? [],
      current: device.hostDevice.flatMap { context.host?.devices[$0].driver?.name },
      target: device.driver.value,
      purpose: device.isGivenSibling ? .given : .assigned,
      isManaged: device.configuration.managed?.value ?? true,
      origin: context.origin(of: device)
    )
  }

  /// A member that is taken from the host and given to nobody, because an assigned device of its group says so.
  private static func parked(_ member: ResolvedGroup.Member, _ group: ResolvedGroup, _ context: GuestContext)
    -> DriverBinding
  {
    let asking = group.devices.map { context.guest.devices[$0] }
      .first { $0.configuration.siblings?.value == .park }
    return DriverBinding(
      device: member.address,
      group: group.members.map(\.address),
      current: member.hostDevice.flatMap { context.host?.devices[$0].driver?.name },
      target: "vfio-pci",
      purpose: .parked,
      isManaged: asking?.configuration.managed?.value ?? true,
      origin: asking.map { device in
        context.origins.origin(
          "\(context.path(of: device)).siblings",
          at: device.configuration.siblings?.range
        )
      } ?? context.origin
    )
  }
}
