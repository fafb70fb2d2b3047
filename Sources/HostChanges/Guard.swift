import Diagnostics
import VFIOPlan
package import VFIOTypes

/// One reason never to take a function from the host, or only with permission.
///
/// Guards look at the live host before the first write; no rule about guest files stands for them. The kernel protects
/// nothing: it unbinds the disk under a mounted file system without a word.
package protocol Guard: SendableMetatype {
  /// The class, as `override:` and `--override` name it; its finding is `guard-<class>`.
  static var guardClass: String { get }
  /// What is demanded, one clause.
  static var summary: String { get }
  static var permission: GuardPermission { get }
  /// What follows the address in the finding: `carries a mounted file system`.
  static var claim: String { get }
  /// What to do instead, a sentence.
  static var cure: String { get }
  /// What uses the function, a line each; empty where the guard lets it pass.
  static func uses(of device: PCIAddress, _ facts: GuardFacts) -> [String]
}

/// Whether a guard can be overridden.
package enum GuardPermission: Hashable, Sendable {
  /// By the class and a reason in the file, and the class on the command line.
  case withBothHalves
  case never
}

/// All guards, in the order they are reported.
package enum GuardCatalog {
  package static let guards: [any Guard.Type] = [
    RootDiskGuard.self, MountedGuard.self, SwapGuard.self, BlockHolderGuard.self, SSHInterfaceGuard.self,
    DefaultRouteGuard.self, BondOrBridgeMemberGuard.self, BootDisplayGuard.self, ConsoleGuard.self,
    VFIOHeldGuard.self, PFWithVFsGuard.self, ProtectedGuard.self,
  ]

  /// The classes that an override may name.
  package static let overridable = guards.filter { $0.permission == .withBothHalves }.map { $0.guardClass }
}

/// Asks the guards.
enum GuardCheck {
  /// What the guards say about one planned function: errors, and warnings where a guard was overridden.
  ///
  /// - Parameters:
  ///   - binding: the function and where it stands in the file.
  ///   - guards: those to ask.
  ///   - plan: the plan, for the half of an override that stands in the file.
  ///   - allowed: the classes named on the command line.
  ///   - facts: the live host.
  /// - Returns: a finding for each guard that fires.
  static func findings(
    _ binding: DriverBinding,
    by guards: [any Guard.Type],
    in plan: Plan,
    allowed: [String],
    _ facts: GuardFacts
  ) -> [Diagnostic] {
    guards.compactMap { guardType in
      let uses = guardType.uses(of: binding.device, facts)
      guard !uses.isEmpty else { return nil }
      let written = plan.overrides.first {
        $0.guardClass == guardType.guardClass && $0.device == binding.device
      }
      let isAllowed = allowed.contains(guardType.guardClass)
      var finding = Diagnostic(
        rule: "guard-\(guardType.guardClass)",
        severity: .error,
        message: "'\(binding.device)' \(guardType.claim)",
        range: nil,
        place: binding.origin.place(in: plan),
        facts: uses,
        help: [guardType.cure]
      )
      switch guardType.permission {
      case .never: finding.why = "this guard cannot be overridden"
      case .withBothHalves:
        if let written, isAllowed {
          finding.severity = .warning
          finding.why = "overridden: \(written.reason)"
          finding.help = []
        } else {
          finding.help.append(missingHalf(guardType.guardClass, binding.device, written != nil, isAllowed))
        }
      }
      return finding
    }
  }

  private static func missingHalf(_ name: String, _ device: PCIAddress, _ isWritten: Bool, _ isAllowed: Bool)
    -> String
  {
    let entry = "add {guard: \(name), device: \"\(device)\", reason: ...} to 'override' in the file"
    switch (isWritten, isAllowed) {
    case (true, false): return "the file allows it; if it is meant, add '--override \(name)'"
    case (false, true): return "'--override \(name)' is half of it; if it is meant, \(entry)"
    case (false, false), (true, true): return "if it is meant, \(entry), and '--override \(name)'"
    }
  }
}
