package import Diagnostics
package import VFIOTypes

/// A guest file as it is written: every value typed and still knowing where it stands, nothing chosen.
///
/// A key that was left out, or written `auto`, is nil here; its value is decided in Resolution.
package struct Configuration: Hashable, Sendable {
  package var version: Located<Int>?
  package var host = HostSection()
  package var protections: [Protection] = []
  package var overrides: [GuardOverride] = []
  package var waivers: [Waiver] = []
  package var guests: [Guest] = []

  package init() {}
}

/// What the file says of the host it is meant for.
package struct HostSection: Hashable, Sendable {
  /// How a device is made to bind, where files for boot time are emitted.
  package enum BindBy: String, Hashable, Sendable, CaseIterable {
    case override, ids
  }

  /// Virtual functions a physical function is to have.
  package struct VirtualFunctions: Hashable, Sendable {
    package var physicalFunction: Located<PCIAddress>
    package var count: Located<Int>?
    package var autoprobe: Located<Bool>?

    package init(physicalFunction: Located<PCIAddress>) { self.physicalFunction = physicalFunction }
  }

  /// Shown, never looked up.
  package var name: Located<String>?
  /// A path below the file's own folder.
  package var snapshot: Located<String>?
  package var virtualFunctions: [VirtualFunctions] = []
  package var bindBy: Located<BindBy>?
  /// RAM kept for the host.
  package var reserve: Located<ByteCount>?

  package init() {}
}

/// Something of the host that is never taken.
package struct Protection: Hashable, Sendable {
  package enum Subject: Hashable, Sendable {
    case device(PCIAddress)
    case interface(String)
    case block(String)
  }

  package var subject: Located<Subject>
  package var reason: Located<String>

  package init(subject: Located<Subject>, reason: Located<String>) {
    self.subject = subject
    self.reason = reason
  }
}

/// Half of the permission to take what a guard protects; the other half is on the command line.
package struct GuardOverride: Hashable, Sendable {
  package var guardClass: Located<String>
  package var device: Located<PCIAddress>
  package var reason: Located<String>

  package init(guardClass: Located<String>, device: Located<PCIAddress>, reason: Located<String>) {
    self.guardClass = guardClass
    self.device = device
    self.reason = reason
  }
}

/// One rule waived at one path, with a reason.
package struct Waiver: Hashable, Sendable {
  package var rule: Located<String>
  /// Where it holds: `guests.db1.bridges.net.devices.0`.
  package var path: Located<String>
  package var reason: Located<String>
  /// The last day it holds, `2027-01-31`.
  package var until: Located<String>?
  /// The whole entry.
  package var range: SourceRange

  package init(
    rule: Located<String>,
    path: Located<String>,
    reason: Located<String>,
    until: Located<String>?,
    range: SourceRange
  ) {
    self.rule = rule
    self.path = path
    self.reason = reason
    self.until = until
    self.range = range
  }
}
