import HostInventory
package import VFIOTypes

/// The disk the host runs from, through everything it is built of.
package enum RootDiskGuard: Guard {
  package static let guardClass = "root-disk"
  package static let summary = "the disk with the root file system stays with the host"
  package static let permission = GuardPermission.never
  package static let claim = "carries the root file system"
  package static let cure = "leave this function to the host"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .rootDisk)
  }
}
