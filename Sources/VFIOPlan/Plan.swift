package import VFIOTypes

/// What will be done: on the host once, then guest by guest.
///
/// A pure value. Printing and applying take the same one and look back at neither file nor host.
///
/// The order of unrelated things in the file does not change it: guests, bridges and ports stand by name (the built-in
/// bridge first), bindings and facts by address. Lists of the file keep their order, since there it says something:
/// the devices of a bridge are placed one after the other. Only lines and columns of origins follow the file.
@usableFromInline
package struct Plan: Hashable, Sendable {
  /// The version of the form, raised with every change of meaning.
  package static let schemaVersion = 1

  /// The name of the guest file as it was given; origins are places in it.
  package var file: String
  /// The host's name, where the file says one.
  package var host: String?
  package var bindings: [DriverBinding]
  package var guests: [GuestPlan]
  /// Every host fact that was read on the way, sorted by subject and name: what staleness is measured against.
  package var facts: [PlanFact]
  /// What the file says is never taken, for the guards of an apply.
  package var protections: [PlannedProtection]
  /// What the file lets an apply take in spite of a guard: half of the permission.
  package var overrides: [PlannedOverride]

  package init(
    file: String,
    host: String?,
    bindings: [DriverBinding],
    guests: [GuestPlan],
    facts: [PlanFact],
    protections: [PlannedProtection] = [],
    overrides: [PlannedOverride] = []
  ) {
    self.protections = protections
    self.overrides = overrides
    self.file = file
    self.host = host
    self.bindings = bindings
    self.guests = guests
    self.facts = facts
  }
}

/// Something of the host that is never taken.
package struct PlannedProtection: Hashable, Sendable {
  package enum Subject: Hashable, Sendable {
    case device(PCIAddress)
    case interface(String)
    case block(String)
  }

  package var subject: Subject
  package var reason: String
  package var origin: Origin

  package init(subject: Subject, reason: String, origin: Origin) {
    self.subject = subject
    self.reason = reason
    self.origin = origin
  }
}

/// A device that may be taken although a guard of this class protects it.
package struct PlannedOverride: Hashable, Sendable {
  package var guardClass: String
  package var device: PCIAddress
  package var reason: String
  package var origin: Origin

  package init(guardClass: String, device: PCIAddress, reason: String, origin: Origin) {
    self.guardClass = guardClass
    self.device = device
    self.reason = reason
    self.origin = origin
  }
}

/// A host fact a plan rests on.
package struct PlanFact: Hashable, Sendable {
  /// A PCI address, a group's lowest address, or `host`.
  package var subject: String
  /// The fact's name in the snapshot: `driver`, `ids`, `members`.
  package var name: String
  package var value: String

  package init(subject: String, name: String, value: String) {
    self.subject = subject
    self.name = name
    self.value = value
  }
}

/// The host driver a function has and is to have.
package struct DriverBinding: Hashable, Sendable {
  /// Why a function is touched at all.
  package enum Purpose: String, Hashable, Sendable, CaseIterable {
    /// In the file.
    case assigned
    /// A member of an assigned device's group, given to the guest too.
    case given
    /// A member of an assigned device's group, bound so that the group is viable and used by nobody.
    case parked
  }

  package var device: PCIAddress
  /// The members of its group, sorted; empty where no host was looked at.
  package var group: [PCIAddress]
  /// Nil: no driver, or no host was looked at.
  package var current: String?
  package var target: String
  package var purpose: Purpose
  /// Whether an apply binds it; else it must be bound already, and only that is checked.
  package var isManaged: Bool
  package var origin: Origin

  package init(
    device: PCIAddress,
    group: [PCIAddress],
    current: String?,
    target: String,
    purpose: Purpose,
    isManaged: Bool,
    origin: Origin
  ) {
    self.device = device
    self.group = group
    self.current = current
    self.target = target
    self.purpose = purpose
    self.isManaged = isManaged
    self.origin = origin
  }

  /// Whether nothing has to be written.
  package var isSatisfied: Bool { current == target }
}
