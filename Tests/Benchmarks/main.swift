// Prints one row for each figure the project promises: ratios taken in one run, medians.
//
//     swift run -c release vfioplan-bench [row...]
import Foundation

let rows: [(name: String, measure: (Workplace) throws(BenchmarkError) -> [Row])] = [
  ("start", ProcessRows.start),
  ("fleet", ProcessRows.fleet),
  ("growth", ProcessRows.growth),
  ("many", ProcessRows.manyFiles),
  ("executor", ExecutorRows.steps),
  ("remote", RemoteRows.roundTrip),
]
let wanted = CommandLine.arguments.dropFirst()
for word in wanted where !rows.contains(where: { $0.name == word }) {
  print("no row '\(word)'; there are: \(rows.map(\.name).joined(separator: ", "))")
  exit(2)
}
do {
  let workplace = try Workplace()
  defer { workplace.remove() }
  for row in rows where wanted.isEmpty || wanted.contains(row.name) {
    for line in try row.measure(workplace) { line.printed() }
  }
} catch {
  print("error: \(error)")
  exit(1)
}
