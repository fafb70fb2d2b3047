import HostInventory
package import VFIOTypes

/// The display firmware and early kernel messages appear on.
package enum BootDisplayGuard: Guard {
  package static let guardClass = "boot-display"
  package static let summary = "the display the host booted on stays with the host"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "is the display the host booted on"
  package static let cure = "make another display the boot display, in the firmware's setup"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .bootDisplay).isEmpty ? [] : ["boot_vga is 1"]
  }
}
