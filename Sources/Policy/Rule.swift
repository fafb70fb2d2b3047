package import Resolution

/// Something a configuration must be, or is warned about.
///
/// A rule is one file, with its examples, and looks at one kind of thing: it conforms to one of the protocols below.
/// `check` is pure; `Findings` stamps id and severity.
package protocol Rule: Sendable {
  static var description: RuleDescription { get }
}

/// A rule over the whole file, across its guests.
package protocol FileRule: Rule {
  static func check(_ configuration: ResolvedConfiguration, _ findings: inout Findings)
}

/// A rule over one guest.
package protocol GuestRule: Rule {
  static func check(
    _ guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  )
}

/// A rule over one host bridge.
package protocol BridgeRule: Rule {
  static func check(
    _ bridge: ResolvedBridge,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  )
}

/// A rule over one port.
package protocol PortRule: Rule {
  static func check(
    _ port: ResolvedPort,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  )
}

/// A rule over one assigned device.
package protocol DeviceRule: Rule {
  static func check(
    _ device: ResolvedDevice,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  )
}

/// A rule over one IOMMU group of the host, as one guest uses it.
package protocol GroupRule: Rule {
  static func check(
    _ group: ResolvedGroup,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  )
}

/// A rule over one container.
package protocol ContainerRule: Rule {
  static func check(
    _ container: ResolvedContainer,
    of guest: ResolvedGuest,
    in configuration: ResolvedConfiguration,
    _ findings: inout Findings
  )
}
