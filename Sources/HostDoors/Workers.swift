/// Whether more is wanted.
package enum WorkDemand: Hashable, Sendable {
  case goOn, stop
}

/// Does many independent things side by side.
package protocol Workers: Sendable {
  /// How many things this machine does at once.
  var processors: Int { get }

  /// Makes one output for each number below `count`, by at most `jobs` at a time, and hands them over in order.
  ///
  /// - Parameters:
  ///   - count: how many there are.
  ///   - jobs: how many are made at once; 1 is one after the other.
  ///   - make: makes one; runs anywhere.
  ///   - take: is given each output in order, on the caller's own thread; after `.stop` nothing more is handed over.
  func run<Output: Sendable>(
    _ count: Int,
    jobs: Int,
    _ make: @Sendable (Int) -> Output,
    take: (Output) -> WorkDemand
  )
}
