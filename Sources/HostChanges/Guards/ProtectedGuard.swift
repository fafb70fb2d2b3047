import HostInventory
import VFIOPlan
package import VFIOTypes

/// What `protect:` of the file names: a function, or an interface or block device it carries.
package enum ProtectedGuard: Guard {
  package static let guardClass = "protected"
  package static let summary = "what the file protects is never taken"
  package static let permission = GuardPermission.never
  package static let claim = "is protected"
  package static let cure = "remove the 'protect' entry, if it no longer holds"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    facts.protected.flatMap { entry in
      entry.carriers.filter { $0.function == device }.map { _ in
        "\(entry.protection.subject.words): \(entry.protection.reason)"
      }
    }
  }
}

extension PlannedProtection.Subject {
  /// As the file says it: `interface 'eno1'`.
  fileprivate var words: String {
    switch self {
    case .device(let address): "device '\(address)'"
    case .interface(let name): "interface '\(name)'"
    case .block(let name): "block device '\(name)'"
    }
  }
}
