package import HostDoors
package import VFIOTypes

/// How a function is bound right now, as the kernel shows it.
package struct BindingState: Hashable, Sendable {
  /// Nil: no driver has it.
  package var driver: String?
  /// Nil: any driver may bind it, which the kernel shows as `(null)`.
  package var override: String?

  package init(driver: String?, override: String?) {
    self.driver = driver
    self.override = override
  }

  /// Reads the state of a function; nil where there is none at the address.
  package static func read(_ device: PCIAddress, in files: any HostFiles) throws(HostFileError)
    -> BindingState?
  {
    let folder = "/sys/bus/pci/devices/\(device)"
    guard try answer({ () throws(HostFileError) in try files.resolved(folder) }) != nil,
      try answer({ () throws(HostFileError) in try files.status("\(folder)/vendor") }) != nil
    else { return nil }
    let target = try answer { () throws(HostFileError) in try files.target(ofLink: "\(folder)/driver") }
    let bytes = try answer { () throws(HostFileError) in
      try files.read("\(folder)/driver_override", limit: 4096)
    }
    let override = bytes.map { String(decoding: $0.prefix { $0 != 0x0a }, as: UTF8.self) }
    return BindingState(
      driver: target?.split(separator: "/").last.map(String.init),
      override: override.flatMap { $0.isEmpty || $0 == "(null)" ? nil : $0 }
    )
  }

  /// What a question gives, or nil where nothing stands there.
  private static func answer<Value>(_ question: () throws(HostFileError) -> Value) throws(HostFileError)
    -> Value?
  {
    do throws(HostFileError) {
      return try question()
    } catch {
      if error.reason == .absent { return nil }
      throw error
    }
  }
}
