import HostInventory
package import VFIOTypes

/// A frame buffer with the text console on it, or a terminal that kernel messages go to.
package enum ConsoleGuard: Guard {
  package static let guardClass = "console"
  package static let summary = "the console of the host stays with the host"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "carries the console"
  package static let cure = "move the console elsewhere, with 'console=' on the kernel's command line"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .console)
  }
}
