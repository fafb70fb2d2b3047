public import VFIOTypes

/// Why a DMA window cannot be made or removed.
///
/// None of this is left to the kernel to find: a failed `VFIO_IOMMU_SPAPR_TCE_CREATE` keeps what it charged until the process ends
/// (Linux 6.12 vfio_iommu_spapr_tce.c: tce_iommu_create_table), and on pseries a firmware call that failed bars the PE from any window
/// until the machine starts again (arch/powerpc/platforms/pseries/iommu.c: failed_ddw_pdn_list).
public enum WindowFault: Hashable, Sendable, CustomStringConvertible {
  /// The container has no sPAPR model.
  case noModel
  /// v1 is enabled already.
  case enabled
  /// The request is Type1's; its number is another's on POWER, which would carry that out.
  case notType1
  /// A guest on POWER programs its windows itself, so that nothing is mapped for it.
  case notMapAll
  /// The model is v1, or the host has no dynamic windows.
  case notOffered
  /// The page size is none of those the host offers.
  case pageSize(PageSizes)
  /// The size is no power of two, or less than a page.
  case size
  /// The table must have at least one level and at most that many.
  case levels(most: UInt32)
  /// A table of that shape is past what the host's kernel makes: one level of more than 16 MiB, or 55 bits and more to look up.
  case table
  /// All the windows there may be exist.
  case noSlot(UInt32)
  /// On pseries a window of 64 bits exists, beside which no other can be made.
  case beside(IOVARange)
  /// On pseries a container of several groups takes no window and no map.
  case severalGroups
  /// A window could not be made before, and a pseries host makes none after that.
  case failedBefore
  /// No window starts there.
  case unknown(UInt64)

  /// One clause.
  public var description: String {
    switch self {
    case .noModel: "no sPAPR model is set"
    case .enabled: "the container is enabled already"
    case .notType1: "a container of sPAPR knows no such request"
    case .notMapAll: "a container of sPAPR is mapped by its guest and not as a whole"
    case .notOffered: "the host offers no dynamic windows here"
    case .pageSize(let sizes):
      "the page size is none of \(sizes.sizes.map { ByteCount($0).sentence }.joined(separator: ", "))"
    case .size: "the window is no power of two of at least a page"
    case .levels(let most): "the table has to have 1 to \(most) levels"
    case .table: "a table of that size and those levels cannot be made"
    case .noSlot(let count): "all \(count) windows exist"
    case .beside(let window): "a pseries host makes no other window beside \(window)"
    case .severalGroups: "a pseries host gives a container of several groups no window"
    case .failedBefore: "a window failed before, after which a pseries host makes none"
    case .unknown(let start): "no window starts at 0x\(Hexadecimal.text(start))"
    }
  }
}

/// Locked memory that is needed and not to be had.
public struct LockedMemoryFault: Hashable, Sendable, CustomStringConvertible {
  /// Bytes that would be charged.
  public var needed: UInt64
  /// Bytes that are charged already.
  public var locked: UInt64
  /// `RLIMIT_MEMLOCK` in bytes.
  public var limit: UInt64

  /// A fault of those figures.
  ///
  /// - Parameters:
  ///   - needed: bytes that would be charged.
  ///   - locked: bytes that are charged already.
  ///   - limit: `RLIMIT_MEMLOCK` in bytes.
  public init(needed: UInt64, locked: UInt64, limit: UInt64) {
    self.needed = needed
    self.locked = locked
    self.limit = limit
  }

  /// One clause.
  public var description: String {
    "\(ByteCount(needed).sentence) of locked memory are needed, \(ByteCount(locked).sentence) of the"
      + " \(ByteCount(limit).sentence) allowed are taken"
  }
}

extension ProcessMemory {
  /// What is wrong with locking that much more, nil where nothing is.
  ///
  /// The limit itself may be reached: Linux 6.12 mm/util.c: __account_locked_vm.
  ///
  /// - Parameter bytes: how much more.
  /// - Returns: the fault.
  public func fault(ofLocking bytes: UInt64) -> LockedMemoryFault? {
    guard let limit = lockedLimit else { return nil }
    let (sum, overflow) = locked.addingReportingOverflow(bytes)
    guard overflow || sum > limit else { return nil }
    return LockedMemoryFault(needed: bytes, locked: locked, limit: limit)
  }
}
