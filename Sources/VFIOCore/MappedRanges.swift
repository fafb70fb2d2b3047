package import VFIOTypes

/// The ranges of bus addresses that are mapped, ascending, none overlapping another.
///
/// A guest that programs its own IOMMU keeps tens of thousands of them and changes one at a time: they lie in runs of bounded
/// length, so that a change moves no more than a run and finding is a search among runs and within one.
@usableFromInline
package struct MappedRanges: Sendable {
  /// Where one lies, or would lie: good until the next change.
  @usableFromInline
  package struct Place: Sendable {
    fileprivate var run: Int
    fileprivate var index: Int
  }

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

  /// Where the one of just these addresses lies; nil where there is none such.
  func place(ofExactly start: UInt64, _ last: UInt64) -> Place? {
    guard var run = runs.indices.last, !runs[run].isEmpty else { return nil }
    var index = runs[run].count - 1
    if runs[run][index].start != start {
      guard let found = self.run(reaching: start) else { return nil }
      (run, index) = (found, place(reaching: start, in: found))
    }
    let found = runs[run][index]
    return found.start == start && found.last == last ? Place(run: run, index: index) : nil
  }

  /// Where a range would lie, or the first it overlaps.
  func place(for range: IOVARange) -> (place: Place, overlapped: IOVARange?) {
    // As a rule it is behind all others, or the last of them: no search then.
    let (end, count) = (runs.count - 1, runs[runs.count - 1].count)
    guard count > 0 else { return (Place(run: end, index: 0), nil) }
    let last = runs[end][count - 1]
    if last.last < range.start { return (Place(run: end, index: count), nil) }
    if last.start <= range.start { return (Place(run: end, index: count - 1), last) }
    guard let run = run(reaching: range.start) else {
      return (Place(run: runs.count - 1, index: runs[runs.count - 1].count), nil)
    }
    let index = place(reaching: range.start, in: run)
    let found = runs[run][index]
    return (Place(run: run, index: index), found.overlaps(range) ? found : nil)
  }

  /// Adds one that overlaps none.
  package mutating func insert(_ range: IOVARange) { insert(range, at: place(for: range).place) }

  /// Adds one where it lies.
  mutating func insert(_ range: IOVARange, at place: Place) {
    count += 1
    let run = place.run
    // At the end, since that costs less and is as a rule where a new one lies.
    if place.index == runs[run].count {
      runs[run].append(range)
    } else {
      runs[run].insert(range, at: place.index)
    }
    guard runs[run].count > MappedRanges.most else { return }
    let half = MappedRanges.most / 2
    runs.insert(Array(runs[run][half...]), at: run + 1)
    runs[run].removeSubrange(half...)
  }

  /// Removes the one at a place.
  mutating func remove(at place: Place) {
    count -= 1
    let run = place.run
    if place.index == runs[run].count - 1 {
      runs[run].removeLast()
    } else {
      runs[run].remove(at: place.index)
    }
    if runs[run].isEmpty && runs.count > 1 { runs.remove(at: run) }
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
    let run = MappedRanges.firstIndex(of: runs.count) { position in
      let last = runs[position].count - 1
      return last >= 0 && runs[position][last].last >= address
    }
    return run < runs.count ? run : nil
  }

  /// The place in a run of the first that does not end before an address.
  private func place(reaching address: UInt64, in run: Int) -> Int {
    MappedRanges.firstIndex(of: runs[run].count) { runs[run][$0].last >= address }
  }

  /// The first of so many positions where something holds that goes on to hold; their number where it never does.
  @inline(__always)
  private static func firstIndex(of count: Int, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
