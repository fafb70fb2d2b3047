import Diagnostics
package import GuestSchema
package import HostInventory
import VFIOTypes

/// Binds a configuration to a host and answers every question the file left open, each answer with its reason.
///
/// It never refuses: what cannot be is resolved as far as it goes, and a rule says what is wrong.
package enum Resolver {
  package static func resolve(_ configuration: Configuration, host: HostSnapshot?) -> ResolvedConfiguration {
    var assigned: [PCIAddress: Int] = [:]
    for (index, guest) in configuration.guests.enumerated() {
      for device in guest.bridges.lazy.flatMap(\.devices) {
        if let address = device.address, assigned[address] == nil { assigned[address] = index }
      }
    }
    var guests: [ResolvedGuest] = []
    guests.reserveCapacity(configuration.guests.count)
    for (index, guest) in configuration.guests.enumerated() {
      var resolver = GuestResolver(guest, index: index, host: host, assigned: assigned)
      guests.append(resolver.resolve())
    }
    markRepeatedUses(&guests)
    return ResolvedConfiguration(
      configuration: configuration,
      host: host,
      guests: guests,
      groupUsers: groupUsers(guests, count: host?.groups?.count ?? 0)
    )
  }

  /// Notes at each device the first one of the file that names the same thing.
  ///
  /// Devices stand by the names of their bridges, so where a reference comes again the places in the text decide.
  private static func markRepeatedUses(_ guests: inout [ResolvedGuest]) {
    var first: [AssignedDevice.Reference: DevicePlace] = [:]
    var again: [(place: DevicePlace, reference: AssignedDevice.Reference)] = []
    for guest in guests.indices {
      for device in guests[guest].devices.indices {
        let reference = guests[guest].devices[device].reference
        let place = DevicePlace(guest: guest, device: device)
        guard let known = first[reference] else {
          first[reference] = place
          continue
        }
        let isEarlier =
          guests[guest].devices[device].range.start < guests[known.guest].devices[known.device].range.start
        again.append((isEarlier ? known : place, reference))
        if isEarlier { first[reference] = place }
      }
    }
    for entry in again {
      guests[entry.place.guest].devices[entry.place.device].firstUse = first[entry.reference]
    }
  }

  private static func groupUsers(_ guests: [ResolvedGuest], count: Int) -> [[Int]] {
    var users = [[Int]](repeating: [], count: count)
    for guest in guests {
      for group in guest.groups where users[group.hostGroup].last != guest.index {
        users[group.hostGroup].append(guest.index)
      }
    }
    return users
  }
}
