import HostInventory
package import VFIOTypes

/// A file system that is mounted; binding the disk back later does not repair the mount.
package enum MountedGuard: Guard {
  package static let guardClass = "mounted"
  package static let summary = "a mounted file system stays with the host"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "carries a mounted file system"
  package static let cure = "unmount it first"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.words(device, .mounted)
  }
}
