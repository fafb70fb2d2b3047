import HostDoors

/// The threads of a machine that one piece of work may use.
struct SideBySide<Crew: Workers>: Sendable {
  let workers: Crew
  /// How many things are done at once; 1 is one after the other.
  let jobs: Int

  /// What is made of each stretch of a list, in order.
  ///
  /// - Parameters:
  ///   - count: how long the list is.
  ///   - make: makes something of the elements at some positions; runs anywhere.
  /// - Returns: what was made; of one stretch, the whole list, where it is not worth more threads than one.
  func stretches<Output: Sendable>(
    of count: Int,
    _ make: @Sendable (Range<Int>) -> Output
  ) -> [Output] {
    guard jobs > 1, count > 1 else { return [make(0..<count)] }
    // More stretches than threads, so that one that takes long does not keep all others waiting at the end.
    let length = max(1, count / (jobs * 8))
    let starts = Array(stride(from: 0, to: count, by: length))
    var outputs: [Output] = []
    outputs.reserveCapacity(starts.count)
    workers.run(starts.count, jobs: jobs) { number in
      make(starts[number]..<min(starts[number] + length, count))
    } take: { output in
      outputs.append(output)
      return .goOn
    }
    return outputs
  }

  /// Two different things made at once.
  func both<First: Sendable, Second: Sendable>(
    _ first: @Sendable () -> First,
    _ second: @Sendable () -> Second
  ) -> (First, Second) {
    guard jobs > 1 else { return (first(), second()) }
    var made: (first: First?, second: Second?) = (nil, nil)
    workers.run(2, jobs: 2) { number in
      number == 0 ? Either.first(first()) : .second(second())
    } take: { (output: Either<First, Second>) in
      switch output {
      case .first(let output): made.first = output
      case .second(let output): made.second = output
      }
      return .goOn
    }
    return (made.first ?? first(), made.second ?? second())
  }

  private enum Either<First: Sendable, Second: Sendable>: Sendable {
    case first(First)
    case second(Second)
  }
}
