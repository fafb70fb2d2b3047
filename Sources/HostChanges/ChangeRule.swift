import Diagnostics

/// What can be found while a host is changed, beside the guards: one id each, with its page.
package enum ChangeRule: String, Hashable, Sendable, CaseIterable {
  case planStale = "plan-stale"
  case lockHeld = "lock-held"
  case kernelRefused = "kernel-refused"
  case bindWithoutEffect = "bind-without-effect"
  case driverNotLoaded = "driver-not-loaded"
  case groupNotViable = "group-not-viable"
  case recordUnreadable = "record-unreadable"
  case deviceChangedHands = "device-changed-hands"
  case hostUnreadable = "host-unreadable"

  /// What is demanded, one clause.
  package var summary: String {
    switch self {
    case .planStale: "the host is as it was when the plan was made"
    case .lockHeld: "one process at a time changes a host"
    case .kernelRefused: "the kernel carries out what the plan says"
    case .bindWithoutEffect: "a function is bound after its driver was offered it"
    case .driverNotLoaded: "the driver a function is to have is loaded"
    case .groupNotViable: "all members of a group are bound to VFIO drivers or to none"
    case .recordUnreadable: "what was bound before can be read again"
    case .deviceChangedHands: "nobody else binds a function that was taken"
    case .hostUnreadable: "what decides whether a function may be taken can be read"
    }
  }

  func finding(
    _ message: String,
    severity: Severity = .error,
    at place: TextPlace?,
    facts: [String] = [],
    why: String? = nil,
    help: [String] = []
  ) -> Diagnostic {
    Diagnostic(
      rule: rawValue,
      severity: severity,
      message: message,
      range: nil,
      place: place,
      facts: facts,
      why: why,
      help: help
    )
  }
}
