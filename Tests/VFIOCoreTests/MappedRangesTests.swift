import TestSupport
import Testing
import VFIOCore
import VFIOTypes

@Suite struct MappedRangesTests {
  /// A range of a few pages in a small space, so that ranges meet.
  private static func range(_ generator: inout SeededGenerator, pages: UInt64) -> IOVARange {
    let first = UInt64.random(in: 0..<pages, using: &generator)
    let count = UInt64.random(in: 1...4, using: &generator)
    return IOVARange(start: first << 12, last: ((first + count) << 12) - 1)
  }

  @Test(arguments: [40, 8000] as [UInt64])
  func `every answer is the one of a plain list`(pages: UInt64) {
    var generator = SeededGenerator(seed: pages)
    var ranges = MappedRanges()
    var list: [IOVARange] = []
    for turn in 0..<Rounds.of(4000) {
      let range = MappedRangesTests.range(&generator, pages: pages)
      let first = list.first { $0.overlaps(range) }
      #expect(ranges.first(overlapping: range) == first)
      #expect(ranges.first(cutBy: range) == list.first { $0.overlaps(range) && !range.contains($0) })
      if first == nil {
        ranges.insert(range)
        list.insert(range, at: list.firstIndex { $0.start > range.start } ?? list.count)
      } else if turn % 3 == 0 {
        let wide = IOVARange(start: range.start, last: range.last + (pages << 8))
        let gone = list.filter { wide.contains($0) }
        let removed = ranges.remove(in: wide)
        #expect(removed.count == gone.count)
        #expect(removed.bytes == gone.reduce(0) { $0 + $1.last - $1.start + 1 })
        list.removeAll { wide.contains($0) }
      }
      #expect(ranges.count == list.count)
      #expect(ranges.last == list.last)
    }
    #expect(ranges.all == list)
  }
}
