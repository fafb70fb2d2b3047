import VFIOTypes

extension IOVARange {
  /// What two ranges share.
  func intersection(_ other: IOVARange) -> IOVARange? {
    overlaps(other) ? IOVARange(start: max(start, other.start), last: min(last, other.last)) : nil
  }

  /// What is left without another range.
  func subtracting(_ other: IOVARange) -> [IOVARange] { subtracting([other]) }

  /// What is left without some ranges, ascending.
  func subtracting(_ others: [IOVARange]) -> [IOVARange] {
    var rest: [IOVARange] = []
    var next = start
    for other in others.sorted(by: { $0.start < $1.start }) where overlaps(other) && other.last >= next {
      if other.start > next { rest.append(IOVARange(start: next, last: other.start - 1)) }
      guard other.last < last else { return rest }
      next = other.last + 1
    }
    return rest + [IOVARange(start: next, last: last)]
  }
}
