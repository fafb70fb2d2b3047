/// The number of an IOMMU group: the name of its folder in `/sys/kernel/iommu_groups` and of its node in `/dev/vfio`.
///
/// It changes between boots, so it is looked up when it is needed and never stored in a file.
public struct IOMMUGroupID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number.
  public var number: UInt32

  /// The group of that number.
  public init(_ number: UInt32) { self.number = number }

  /// The text as above.
  public var description: String { "\(number)" }

  /// The order of the numbers.
  public static func < (left: IOMMUGroupID, right: IOMMUGroupID) -> Bool { left.number < right.number }
}
