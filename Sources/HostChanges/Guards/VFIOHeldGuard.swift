import HostDoors
import HostInventory
package import VFIOTypes

/// A function, or its group, that a process holds: an unbind would wait for it for ever and could not be interrupted.
package enum VFIOHeldGuard: Guard {
  package static let guardClass = "vfio-held"
  package static let summary = "a function whose VFIO descriptor is held stays with its holder"
  package static let permission = GuardPermission.never
  package static let claim = "is held by another process"
  package static let cure = "end the process, or take the function out of its guest, first"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.holders(of: device).map { "\($0.target) held by \($0.process)" }
  }
}
