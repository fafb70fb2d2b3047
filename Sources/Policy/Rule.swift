package import Resolution

/// Something a configuration must be, or is warned about.
///
/// A rule is one file, with its examples, and looks at one kind of thing: it conforms to one of the protocols below.
/// `check` is pure; `Findings` stamps id and severity.
package protocol Rule: Sendable {
  static var description: RuleDescription { get }
  /// What it looks at; answered by the protocols below.
  static var subject: RuleSubject { get }
}

/// What a rule looks at, and the rule as one that does.
///
/// Each protocol answers for its rules: asking a type at run time what it conforms to took a fifth of the program's start.
package enum RuleSubject: Sendable {
  case file(any FileRule.Type)
  case guest(any GuestRule.Type)
  case bridge(any BridgeRule.Type)
  case port(any PortRule.Type)
  case device(any DeviceRule.Type)
  case group(any GroupRule.Type)
  case container(any ContainerRule.Type)
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

extension FileRule {
  package static var subject: RuleSubject { .file(Self.self) }
}

extension GuestRule {
  package static var subject: RuleSubject { .guest(Self.self) }
}

extension BridgeRule {
  package static var subject: RuleSubject { .bridge(Self.self) }
}

extension PortRule {
  package static var subject: RuleSubject { .port(Self.self) }
}

extension DeviceRule {
  package static var subject: RuleSubject { .device(Self.self) }
}

extension GroupRule {
  package static var subject: RuleSubject { .group(Self.self) }
}

extension ContainerRule {
  package static var subject: RuleSubject { .container(Self.self) }
}
