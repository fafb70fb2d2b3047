import Diagnostics
package import GuestSchema
package import HostInventory
import VFIOTypes

/// Binds a configuration to a host and answers every question the file left open, each answer with its reason.
///
/// It never refuses: what cannot be is resolved as far as it goes, and a rule says what is wrong.
package enum Resolver {
  package static func resolve(_ configuration: Configuration, host: HostSnapshot?) -> ResolvedConfiguration {
    let pieces = ResolutionPieces(configuration, host: host)
    return pieces.joined(pieces.guests(configuration.guests.indices))
  }
}

/// The resolution of a file guest by guest.
///
/// No guest rests on another one's answers, only on which functions the file gives to whom: so a machine with several
/// processors resolves several at once.
package struct ResolutionPieces: Sendable {
  private let configuration: Configuration
  private let host: HostSnapshot?
  /// For each host function of the file, the first guest it is written in.
  private let assigned: [PCIAddress: Int]

  package init(_ configuration: Configuration, host: HostSnapshot?) {
    self.configuration = configuration
    self.host = host
    var assigned: [PCIAddress: Int] = [:]
    assigned.reserveCapacity(
      configuration.guests.reduce(0) { $0 + $1.bridges.reduce(0) { $0 + $1.devices.count } }
    )
    for guest in configuration.guests.indices {
      for bridge in configuration.guests[guest].bridges {
        for device in bridge.devices.indices {
          guard let address = bridge.devices[device].address, assigned[address] == nil else { continue }
          assigned[address] = guest
        }
      }
    }
    self.assigned = assigned
  }

  /// Some of the guests, by their positions.
  package func guests(_ positions: Range<Int>) -> [ResolvedGuest] {
    positions.map { position in
      var resolver = GuestResolver(
        configuration.guests[position],
        index: position,
        host: host,
        assigned: assigned
      )
      return resolver.resolve()
    }
  }

  /// The whole of it.
  ///
  /// - Parameter resolved: all guests, in order.
  /// - Returns: the configuration, with what can be said only of all guests together.
  package func joined(_ resolved: consuming [ResolvedGuest]) -> ResolvedConfiguration {
    var guests = resolved
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
  private func markRepeatedUses(_ guests: inout [ResolvedGuest]) {
    var first: [AssignedDevice.Reference: DevicePlace] = [:]
    first.reserveCapacity(guests.reduce(0) { $0 + $1.devices.count })
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

  private func groupUsers(_ guests: [ResolvedGuest], count: Int) -> [[Int]] {
    var users = [[Int]](repeating: [], count: count)
    for guest in guests.indices {
      for group in guests[guest].groups.indices {
        let hostGroup = guests[guest].groups[group].hostGroup
        if users[hostGroup].last != guest { users[hostGroup].append(guest) }
      }
    }
    return users
  }
}
