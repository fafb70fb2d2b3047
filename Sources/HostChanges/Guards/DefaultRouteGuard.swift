import HostInventory
package import VFIOTypes

/// The interface everything else is reached through, also below a bond, a bridge or a VLAN.
package enum DefaultRouteGuard: Guard {
  package static let guardClass = "default-route"
  package static let summary = "the interface of the default route stays with the host"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "carries the default route"
  package static let cure = "move the route to another interface first"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .defaultRoute)
  }
}
