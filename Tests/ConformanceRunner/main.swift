import Conformance
import Glibc
import LinuxHost
import LinuxVFIO

// Asks this machine's kernel the rows of a conformance file; the file's head says how it is called.
func option(_ name: String, in arguments: inout [String]) -> String? {
  guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
  let value = arguments[index + 1]
  arguments.removeSubrange(index...(index + 1))
  return value
}

func run(_ words: [String]) -> Int32 {
  var arguments = words
  guard let state = option("--state", in: &arguments), let machine = option("--machine", in: &arguments),
    let file = arguments.first
  else {
    print("usage: vfio-conformance --state STATE --machine MACHINE FILE NAME=ADDRESS@GROUP...")
    return 2
  }
  let devices = arguments.dropFirst().compactMap { ConformanceDevice($0) }
  guard devices.count == arguments.count - 1 else {
    print("vfio-conformance: expected NAME=ADDRESS@GROUP after the file")
    return 2
  }
  let rows: [ConformanceTable.Row]
  do {
    let bytes = try LinuxFiles(root: "/").read(file, limit: 1 << 20)
    rows = try ConformanceTable(String(decoding: bytes, as: UTF8.self)).rows(state: state, machine: machine)
  } catch {
    print("vfio-conformance: \(error)")
    return 4
  }
  var run = ConformanceRun(LinuxKernel(), devices: devices)
  var differing = 0
  for row in rows {
    let answer = run.answer(row)
    print("@@row \(row.line) \(answer)")
    guard answer != row.expected else { continue }
    differing += 1
    print("@@differs \(row.line) \(row.call) \(row.subject): expected \(row.expected)")
  }
  run.finish()
  print("@@conformance state=\(state) rows=\(rows.count) differing=\(differing)")
  return differing == 0 && !rows.isEmpty ? 0 : 1
}

exit(run(Array(CommandLine.arguments.dropFirst())))
