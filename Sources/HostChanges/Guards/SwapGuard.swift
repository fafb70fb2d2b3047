import HostInventory
package import VFIOTypes

/// Swap in use: processes whose pages are gone die.
package enum SwapGuard: Guard {
  package static let guardClass = "swap"
  package static let summary = "a device with swap in use stays with the host"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "carries swap in use"
  package static let cure = "turn it off first with 'swapoff'"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .swap)
  }
}
