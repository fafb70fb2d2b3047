import HostInventory
package import VFIOTypes

/// A disk that a volume group, an encrypted mapping or an array is built on, mounted or not.
package enum BlockHolderGuard: Guard {
  package static let guardClass = "block-holder"
  package static let summary = "a disk that something is built on stays with the host"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "carries a disk that something is built on"
  package static let cure = "take down the volume group, mapping or array first"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .blockHolder)
  }
}
