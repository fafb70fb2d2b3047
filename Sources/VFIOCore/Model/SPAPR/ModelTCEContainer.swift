import VFIOTypes

/// What a container keeps once an sPAPR model is set: `struct tce_container` of Linux 6.12 vfio_iommu_spapr_tce.c.
struct ModelTCEContainer: Sendable {
  var isVersion2: Bool
  var isEnabled = false
  /// Whether the default window is made with the first map, unmap or other window.
  var isDefaultPending = false
  /// Bytes that `ENABLE` charged.
  var enabledBytes: UInt64 = 0
  /// The process whose memory it is about; nil before the first call that needs one.
  var owner: Int?
  /// The windows, by their slot.
  var windows: [ModelTCEWindow?] = [nil, nil]
  /// The regions it has registered, by number.
  var regions: [Int] = []

  /// vfio_iommu_spapr_tce.c: tce_iommu_find_table: the slot of the window that an address lies in.
  func slot(of iova: UInt64) -> Int? {
    windows.firstIndex { $0?.contains(iova) == true }
  }

  /// Bytes that v1 pins, page by page; v2 pins what is registered.
  var pinned: UInt64 {
    isVersion2
      ? 0
      : windows.reduce(0) { sum, window in
        sum + (window?.runs.reduce(0) { $0 + $1.range.last - $1.range.start + 1 } ?? 0)
      }
  }
}

/// A DMA window with its table: `struct iommu_table`.
struct ModelTCEWindow: Sendable {
  /// Entries that follow one another and mean memory that does.
  struct Run: Sendable {
    var range: IOVARange
    var address: UInt64
    var access: DMAMapping.Access
  }

  /// Names the table.
  let table: Int
  let start: UInt64
  let size: UInt64
  let pageShift: UInt32
  /// Bytes its table was charged with.
  let charged: UInt64
  /// What is mapped, ascending.
  var runs: [Run] = []

  var page: UInt64 { 1 << UInt64(pageShift) }
  /// Its addresses.
  var range: IOVARange { IOVARange(start: start, last: start + size - 1) }

  func contains(_ iova: UInt64) -> Bool { iova >= start && iova - start < size }

  /// The memory an address means.
  func run(at iova: UInt64) -> Run? {
    runs.first { $0.range.start <= iova && iova <= $0.range.last }
  }

  /// Takes out what is mapped in a range, and cuts what lies in it in part.
  mutating func take(_ range: IOVARange) -> [Run] {
    var (taken, kept): ([Run], [Run]) = ([], [])
    for run in runs {
      guard run.range.overlaps(range) else {
        kept.append(run)
        continue
      }
      if run.range.start < range.start {
        kept.append(run.part(IOVARange(start: run.range.start, last: range.start - 1)))
      }
      taken.append(
        run.part(IOVARange(start: max(run.range.start, range.start), last: min(run.range.last, range.last)))
      )
      if run.range.last > range.last {
        kept.append(run.part(IOVARange(start: range.last + 1, last: run.range.last)))
      }
    }
    runs = kept
    return taken
  }

  /// Puts in what lies where nothing is mapped.
  mutating func put(_ run: Run) {
    let place = runs.firstIndex { $0.range.start > run.range.start } ?? runs.count
    runs.insert(run, at: place)
  }
}

extension ModelTCEWindow.Run {
  fileprivate func part(_ range: IOVARange) -> ModelTCEWindow.Run {
    ModelTCEWindow.Run(range: range, address: address + (range.start - self.range.start), access: access)
  }
}

/// What has become of a PE of the machine.
struct ModelPEState: Sendable {
  /// Whether the firmware of a partition has its default window, and the kernel its property.
  var hasDefault = true
  /// Whether the firmware of a partition has made a dynamic window for it.
  var hasDynamic = false
  /// The tables the platform knows, by slot.
  var tables: [Int?] = [nil, nil]
  /// Whether a window once could not be made: arch/powerpc/platforms/pseries/iommu.c: failed_ddw_pdn_list, until the next boot.
  var isPoisoned = false
  /// How errors stand.
  var errors = EEHState.normal
  /// Whether errors of its devices freeze it.
  var handlesErrors = false
}

/// What would have happened to a real host, beside what the call answered.
public enum ModelDamage: Hashable, Sendable {
  /// The kernel wrote past the end of a TCE table, for a range that runs over the window's end.
  case wrotePastTable
  /// The kernel never came back from a call.
  case lockedUp
  /// A registered region was left pinned for as long as the process lives.
  case lostRegion
  /// The kernel shifted by a number below zero, and went on with what that gave.
  case undefinedSize
}
