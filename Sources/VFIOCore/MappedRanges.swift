package import VFIOTypes

/// The ranges of bus addresses that are mapped, ascending, none overlapping another.
///
/// A guest that programs its own IOMMU keeps tens of thousands of them and changes one at a time: they lie in runs of bounded
/// length, so that a change moves no more than a run and finding is a search among runs and within one.
package struct MappedRanges: Sendable {
  /// What a run grows to before it is cut in two.
  private static let most = 512

  /// None is empty but the only one: a guest that has one mapping at a time, again and again another, would have its memory
  /// given back and taken anew at each.
  private var runs: [[IOVARange]] = [[]]
  /// How many there are.
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  /// All of them, ascending.
  package var all: [IOVARange] { Array(runs.joined()) }

  /// The greatest; nil where there is none.
  package var last: IOVARange? { runs.last?.last }

  /// The first that overlaps a range.
  package func first(overlapping range: IOVARange) -> IOVARange? {
    guard let run = run(reaching: range.start) else { return nil }
    let found = runs[run][place(reaching: range.start, in: run)]
    return found.overlaps(range) ? found : nil
  }

  /// Whether every address of a range is mapped.
  package func covers(_ range: IOVARange) -> Bool {
    var next = range.start
    while let found = first(overlapping: IOVARange(start: next, last: next)) {
      guard found.last < range.last else { return true }
      next = found.last + 1
    }
    return false
  }

  /// The one at an end of a range that lies in it only in part; nil where the range cuts none.
  package func first(cutBy range: IOVARange) -> IOVARange? {
    // None overlaps another, so a range can cut those alone that hold its first or its last address.
    for end in [range.start, range.last] {
      if let found = first(overlapping: IOVARange(start: end, last: end)), !range.contains(found) {
        return found
      }
    }
    return nil
  }

  /// Adds one that overlaps none.
  package mutating func insert(_ range: IOVARange) {
    count += 1
    let run = run(reaching: range.start) ?? runs.count - 1
    runs[run].insert(range, at: place(reaching: range.start, in: run))
    guard runs[run].count > MappedRanges.most else { return }
    let half = MappedRanges.most / 2
    runs.insert(Array(runs[run][half...]), at: run + 1)
    runs[run].removeSubrange(half...)
  }

  /// Removes all that lie in a range whole.
  ///
  /// - Returns: how many that were, and their bytes; modulo 2^64 for the whole address space.
  package mutating func remove(in range: IOVARange) -> (count: Int, bytes: UInt64) {
    var removed = (count: 0, bytes: 0 as UInt64)
    guard var run = run(reaching: range.start) else { return removed }
    var start = place(reaching: range.start, in: run)
    // One that begins before the range lies in it only in part.
    if runs[run][start].start < range.start { start += 1 }
    while true {
      var end = start
      while end < runs[run].count, runs[run][end].last <= range.last {
        removed.bytes &+= runs[run][end].last &- runs[run][end].start &+ 1
        end += 1
      }
      removed.count += end - start
      let isWhole = end == runs[run].count
      switch end - start {
      case 0: break
      case 1: runs[run].remove(at: start)
      default: runs[run].removeSubrange(start..<end)
      }
      if runs[run].isEmpty && runs.count > 1 { runs.remove(at: run) } else { run += 1 }
      guard isWhole, run < runs.count else { break }
      start = 0
    }
    count -= removed.count
    return removed
  }

  /// The first run with one that does not end before an address.
  private func run(reaching address: UInt64) -> Int? {
    let run = MappedRanges.firstIndex(of: runs.count) { runs[$0].last.map { $0.last >= address } ?? false }
    return run < runs.count ? run : nil
  }

  /// The place in a run of the first that does not end before an address.
  private func place(reaching address: UInt64, in run: Int) -> Int {
    MappedRanges.firstIndex(of: runs[run].count) { runs[run][$0].last >= address }
  }

  /// The first of so many positions where something holds that goes on to hold; their number where it never does.
  private static func firstIndex(of count: Int, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
