import HostInventory
package import VFIOTypes

/// A parent whose virtual functions would vanish with its driver, from whoever uses them.
package enum PFWithVFsGuard: Guard {
  package static let guardClass = "pf-with-vfs"
  package static let summary = "a physical function with virtual functions stays with its driver"
  package static let permission = GuardPermission.withBothHalves
  package static let claim = "has active virtual functions"
  package static let cure = "write 0 to its sriov_numvfs first"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    guard let sriov = facts.snapshot.device(at: device)?.sriov, sriov.current > 0 else { return [] }
    return ["\(sriov.current) of \(sriov.total) virtual functions"]
  }
}
