/// What pages stand behind memory.
public struct MemoryPages: Hashable, Sendable {
  /// Whether other processes can be let into the memory.
  public enum Sharing: Hashable, Sendable {
    /// Of this process alone: `MAP_PRIVATE | MAP_ANONYMOUS`.
    case single
    /// A file without a name, whose descriptor can be handed to others: `memfd_create`, `MAP_SHARED`.
    case memfd
  }

  /// Whether other processes can be let in.
  public var sharing: Sharing
  /// Bytes of the huge pages it is made of, a power of two that the machine has a pool of; nil for the processor's own pages.
  ///
  /// Huge pages come from the pool of `hugetlbfs`: `MAP_HUGETLB` or `MFD_HUGETLB` with the size. On POWER an IOMMU page must not
  /// be larger than the page behind it, so windows of large pages need them: Linux 6.12 arch/powerpc/mm/book3s64/iommu_api.c:
  /// mm_iommu_ua_to_hpa.
  public var hugePageSize: UInt64?

  /// Pages of that kind.
  ///
  /// - Parameters:
  ///   - sharing: whether other processes can be let in.
  ///   - hugePageSize: bytes of its huge pages; nil for the processor's own.
  public init(sharing: Sharing = .single, hugePageSize: UInt64? = nil) {
    self.sharing = sharing
    self.hugePageSize = hugePageSize
  }

  /// Pages of this process alone.
  public static let anonymous = MemoryPages()
  /// A file without a name.
  public static let memfd = MemoryPages(sharing: .memfd)
}

/// What the process that maps may use: VFIO charges the pages it pins to the process that asks.
public struct ProcessMemory: Hashable, Sendable {
  /// Bytes of a page of the processor.
  public var pageSize: UInt64
  /// `RLIMIT_MEMLOCK` in bytes; nil where nothing limits, or the process has `CAP_IPC_LOCK`.
  public var lockedLimit: UInt64?
  /// Bytes that are locked already: `VmLck` of `/proc/self/status`.
  public var locked: UInt64

  /// Memory of those figures.
  ///
  /// - Parameters:
  ///   - pageSize: bytes of a page of the processor.
  ///   - lockedLimit: `RLIMIT_MEMLOCK` in bytes, nil where nothing limits.
  ///   - locked: bytes that are locked already.
  public init(pageSize: UInt64, lockedLimit: UInt64?, locked: UInt64) {
    self.pageSize = pageSize
    self.lockedLimit = lockedLimit
    self.locked = locked
  }
}
