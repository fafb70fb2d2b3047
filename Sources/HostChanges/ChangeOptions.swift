package import HostInventory

/// How a change of the host is to be made.
package struct ChangeOptions {
  /// What is done after the drivers are bound.
  package enum Extent: Hashable, Sendable {
    /// Nothing: only functions that are bound anew are taken from anybody.
    case drivers
    /// Groups and devices are opened: nobody else may hold those that are bound already either.
    case descriptors
  }

  /// The folder of the lock.
  package var folder: String
  /// Classes of guards named by `--override`.
  package var overrides: [String]
  package var extent: Extent
  /// The facts of the plan that a host no longer has; asked under the lock, with the live host.
  package var differences: (HostSnapshot) -> [FactDifference]

  package init(
    folder: String = "/run/vfioplan",
    overrides: [String] = [],
    extent: Extent = .drivers,
    differences: @escaping (HostSnapshot) -> [FactDifference]
  ) {
    self.folder = folder
    self.overrides = overrides
    self.extent = extent
    self.differences = differences
  }
}
