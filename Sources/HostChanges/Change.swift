package import VFIOTypes

/// One write to the host that changes how a function is bound.
///
/// Linux 6.12, Documentation/ABI/testing/sysfs-bus-pci; never `new_id`, which would take every twin too.
package enum Change: Hashable, Sendable {
  /// Makes a driver the only one that may bind a function; binds and unbinds nothing.
  case setOverride(PCIAddress, String)
  /// Lets any driver bind it again. A newline clears; an empty write does nothing.
  case clearOverride(PCIAddress)
  /// Takes a function from this driver, and is refused where another has it: drivers/base/bus.c: unbind_store.
  case unbind(PCIAddress, from: String)
  /// Offers a function to the drivers that may bind it. Succeeds although nothing bound: drivers/pci/pci-driver.c and
  /// drivers/base/bus.c: drivers_probe_store.
  case probe(PCIAddress)
  /// Gives a function to this driver, and says why where it does not take it: drivers/base/bus.c: bind_store.
  case bind(PCIAddress, to: String)

  package var device: PCIAddress {
    switch self {
    case .setOverride(let device, _), .clearOverride(let device), .unbind(let device, _), .probe(let device),
      .bind(let device, _):
      device
    }
  }

  /// The attribute that is written.
  package var path: String {
    switch self {
    case .setOverride(let device, _), .clearOverride(let device):
      "/sys/bus/pci/devices/\(device)/driver_override"
    case .unbind(_, let driver): "/sys/bus/pci/drivers/\(driver)/unbind"
    case .probe: "/sys/bus/pci/drivers_probe"
    case .bind(_, let driver): "/sys/bus/pci/drivers/\(driver)/bind"
    }
  }

  /// What is written, without the newline at its end.
  private var text: String {
    switch self {
    case .setOverride(_, let driver): driver
    case .clearOverride: ""
    case .unbind(let device, _), .probe(let device), .bind(let device, _): device.description
    }
  }

  package var bytes: [UInt8] { Array("\(text)\n".utf8) }

  /// The same as a line for a shell; `echo` ends its text with the newline that counts.
  package var command: String {
    switch self {
    case .clearOverride: "echo > \(path)"
    case .setOverride, .unbind, .probe, .bind: "echo \(text) > \(path)"
    }
  }

  /// The act in words, for `the kernel refused to ...`.
  package var words: String {
    switch self {
    case .setOverride(let device, let driver): "let only '\(driver)' bind '\(device)'"
    case .clearOverride(let device): "let any driver bind '\(device)'"
    case .unbind(let device, let driver): "unbind '\(device)' from '\(driver)'"
    case .probe(let device): "offer '\(device)' to its driver"
    case .bind(let device, let driver): "bind '\(device)' to '\(driver)'"
    }
  }
}
