package import Diagnostics
package import VFIOPlan

/// What spells a plan for one hypervisor.
///
/// A back-end looks at the plan alone. What its hypervisor cannot express is an error `backend-cannot-express` on the
/// line it comes from, never left out in silence.
package protocol ArgumentBackend: SendableMetatype {
  /// The word after `--emit`.
  static var name: String { get }

  static func arguments(
    for guest: GuestPlan,
    in plan: Plan,
    options: BackendOptions,
    _ diagnostics: inout [Diagnostic]
  ) -> [Argument]
}

/// What the user may choose about arguments.
package struct BackendOptions: Hashable, Sendable {
  /// Nil: JSON where the hypervisor's version reads it.
  package var properties: PropertyForm?
  /// Numbers of descriptors the hypervisor inherits, by the plan's name: of an iommufd, and of a device by its id.
  package var descriptors: [String: Int]

  package init(properties: PropertyForm? = nil, descriptors: [String: Int] = [:]) {
    self.properties = properties
    self.descriptors = descriptors
  }
}
