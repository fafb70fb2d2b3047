package import VFIOPlan

/// How far a plan is carried out by the VFIO core.
@usableFromInline
package enum Level: Hashable, Sendable {
  /// Everything is opened, and a page is mapped where guest RAM would be.
  case prove
  /// Guest RAM is there too: registered and mapped as the plan says.
  case hold
}

extension Step {
  /// Whether a level has it carried out: guest RAM is mapped for a guest alone.
  package func isPart(of level: Level) -> Bool { if case .mapMemory = self { level == .hold } else { true } }
}
