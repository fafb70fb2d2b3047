import HostInventory
package import VFIOTypes

/// An interface that belongs to another one: bond, bridge, team, virtual switch.
package enum BondOrBridgeMemberGuard: Guard {
  package static let guardClass = "bond-or-bridge-member"
  package static let summary = "a member of a bond or a bridge stays with the host"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "is a member of a bond or a bridge"
  package static let cure = "take its interface out of it first"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .bondOrBridgeMember)
  }
}
