/// Two programs run in turn, so that whatever else the machine does falls on both.
struct Comparison {
  /// Medians of ours and of the other's.
  var wall: (ours: Double, other: Double)
  var peak: (ours: Double, other: Double)

  var wallRatio: Double { wall.ours / wall.other }
  var peakRatio: Double { peak.ours / peak.other }

  /// Runs both so many times.
  init(_ ours: [String], against other: [String], times: Int, at place: Workplace) throws(BenchmarkError) {
    var runs: (ours: [Child], other: [Child]) = ([], [])
    for _ in 0..<times {
      runs.ours.append(try place.measure(ours))
      runs.other.append(try place.measure(other))
    }
    wall = (runs.ours.map(\.wall).median, runs.other.map(\.wall).median)
    peak = (runs.ours.map { Double($0.peak) }.median, runs.other.map { Double($0.peak) }.median)
  }
}

/// Why no figure could be had.
enum BenchmarkError: Error, CustomStringConvertible {
  case notStarted(String)
  case failed(String, status: Int32)
  case notWritten(String)
  /// What is compared does not do the same.
  case differs(String)

  var description: String {
    switch self {
    case .notStarted(let program): "cannot start \(program)"
    case .failed(let command, let status): "'\(command)' ended with status \(status >> 8)"
    case .notWritten(let path): "cannot write \(path)"
    case .differs(let how): "no comparison: \(how)"
    }
  }
}
