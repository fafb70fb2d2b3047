public import VFIOTypes

/// Memory let into a bus address space.
public struct DMAMapping: Hashable, Sendable {
  /// What devices may do with it.
  public struct Access: OptionSet, Hashable, Sendable {
    /// The bits of `VFIO_DMA_MAP_FLAG_*`.
    public let rawValue: UInt32

    /// A set of those bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Devices may read: `VFIO_DMA_MAP_FLAG_READ`.
    public static let read = Access(rawValue: 1)
    /// Devices may write: `VFIO_DMA_MAP_FLAG_WRITE`.
    public static let write = Access(rawValue: 2)
  }

  /// The first bus address.
  public var iova: UInt64
  /// Bytes.
  public var size: UInt64
  /// Where the memory starts: the `address` of a `Memory`, and an offset into it.
  ///
  /// It is in the units of the kernel that gave the memory: an address of this process for this machine's, an address of the process
  /// far away for one behind an agent, which takes it only where it lies in memory it gave.
  public var address: UInt64
  /// What devices may do with it.
  public var access: Access

  /// A mapping of those values.
  ///
  /// - Parameters:
  ///   - iova: the first bus address.
  ///   - size: bytes.
  ///   - address: where the memory starts.
  ///   - access: what devices may do with it.
  public init(iova: UInt64, size: UInt64, address: UInt64, access: Access = [.read, .write]) {
    self.iova = iova
    self.size = size
    self.address = address
    self.access = access
  }
}

/// A part of memory, by its address in the process that owns it.
public struct MemoryRange: Hashable, Sendable {
  /// Where it starts: the `address` of a `Memory`, and an offset into it.
  public var address: UInt64
  /// Bytes.
  public var size: UInt64

  /// A part of those values.
  ///
  /// - Parameters:
  ///   - address: where it starts.
  ///   - size: bytes.
  public init(address: UInt64, size: UInt64) {
    self.address = address
    self.size = size
  }
}

/// Which pages of a range to tell as dirty.
public struct DirtyQuery: Hashable, Sendable {
  /// What becomes of the marks that were told.
  public enum Marks: Hashable, Sendable {
    /// They are cleared: a page is told again only when it is written again.
    case clear
    /// They stay: `IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR`, before an unmap. Type1 cannot keep them.
    case keep
  }

  /// The bus addresses; of Type1 whole mappings.
  public var range: IOVARange
  /// Bytes a bit of the answer stands for; of Type1 the smallest page size.
  public var pageSize: UInt64
  /// What becomes of the marks.
  public var marks: Marks

  /// A query of those values.
  ///
  /// - Parameters:
  ///   - range: the bus addresses.
  ///   - pageSize: bytes a bit of the answer stands for.
  ///   - marks: what becomes of the marks.
  public init(range: IOVARange, pageSize: UInt64, marks: Marks = .clear) {
    self.range = range
    self.pageSize = pageSize
    self.marks = marks
  }

  /// How many words of 64 bits the answer has.
  package var words: Int {
    guard pageSize > 0 else { return 0 }
    let pages = (range.last - range.start) / pageSize + 1
    return Int(clamping: (pages - 1) / 64 + 1)
  }
}

/// Type1's log of the pages devices wrote to.
public enum DirtyPages: Hashable, Sendable {
  /// `VFIO_IOMMU_DIRTY_PAGES_FLAG_START`: writes are noted from here on.
  case start
  /// `VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP`.
  case stop
  /// `VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP`, answered by `dirtyBitmap`.
  case bitmap(DirtyQuery)
}
