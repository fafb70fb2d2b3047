public import VFIOCore

/// What was given back, and what refused.
@usableFromInline
package struct UndoReport: Hashable, Sendable {
  /// Devices that were closed.
  package var devices = 0
  /// Groups that were closed.
  package var groups = 0
  /// Containers that were closed, and address spaces that were destroyed.
  package var containers = 0
  /// Calls that refused; the kernel gives back what they were for when the program ends.
  @usableFromInline package var failures: [KernelError] = []

  @usableFromInline
  package init() {}

  /// Whether every call of the undo succeeded.
  package var isComplete: Bool { failures.isEmpty }

  @usableFromInline
  mutating func count(_ deed: AppliedPlan.Deed) {
    switch deed {
    case .container, .ioas: containers += 1
    case .group: groups += 1
    case .device: devices += 1
    case .attached, .mapped, .ram, .enabled, .registered, .window, .eeh, .iommufd, .attachedDevice:
      break
    }
  }

  /// One clause: `closed again: 2 devices, 1 group, 1 container`.
  package var sentence: String {
    let parts = [
      (devices, "device"), (groups, "group"), (containers, "container"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return parts.isEmpty ? "nothing was open" : "closed again: \(parts.joined(separator: ", "))"
  }
}
