import HostDoors
import HostInventory
package import VFIOTypes

/// The interface that carries the login this process was started from: who loses it cannot undo anything.
package enum SSHInterfaceGuard: Guard {
  package static let guardClass = "ssh-interface"
  package static let summary = "the interface of the login in use stays with the host"
  package static let permission = GuardPermission.never
  package static let claim = "carries this login"
  package static let cure = "log in through another interface, or work at the console"

  package static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String] {
    guard let login = facts.login else { return [] }
    guard login.interface != nil else {
      // Which one is not known, so none that may be is let go.
      return facts.words(device, .interfaceUp).map { "\($0) may carry the login to \(login.localAddress)" }
    }
    return facts.loginCarriers.filter { $0.function == device }.map { carrier in
      "login to \(login.localAddress) on \(carrier.chain.joined(separator: " on "))"
    }
  }
}
