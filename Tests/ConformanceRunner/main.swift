import Conformance
import Glibc
import HostDoors
import LinuxHost
import LinuxVFIO
import RemoteHost
import VFIOCore

// Asks a kernel the rows of a conformance file: this machine's, or the one an agent runs on. The files' heads say how it is called.

/// What the command line says.
struct Wanted {
  var state: String
  var machine: String
  /// The cases, all where it is nil.
  var cases: [String]?
  /// The words of the program that leads to an agent; nil for this machine's kernel.
  var via: [String]?
  var rows: [ConformanceTable.Row]
  var devices: [ConformanceDevice]
}

func option(_ name: String, in arguments: inout [String]) -> String? {
  guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
  let value = arguments[index + 1]
  arguments.removeSubrange(index...(index + 1))
  return value
}

func wanted(_ words: [String]) -> Wanted? {
  var arguments = words
  let cases = option("--cases", in: &arguments)?.split(separator: ",").map(String.init)
  let via = option("--via", in: &arguments)?.split(separator: " ").map(String.init)
  guard let state = option("--state", in: &arguments), let machine = option("--machine", in: &arguments),
    let file = arguments.first
  else {
    print(
      "usage: vfio-conformance --state STATE --machine MACHINE [--cases A,B] [--via COMMAND] FILE NAME=ADDRESS@GROUP..."
    )
    return nil
  }
  let devices = arguments.dropFirst().compactMap { ConformanceDevice($0) }
  guard devices.count == arguments.count - 1 else {
    print("vfio-conformance: expected NAME=ADDRESS@GROUP after the file")
    return nil
  }
  do {
    let bytes = try LinuxFiles(root: "/").read(file, limit: 1 << 20)
    let table = try ConformanceTable(String(decoding: bytes, as: UTF8.self))
    let rows = table.rows(state: state, machine: machine).filter { cases?.contains($0.name) ?? true }
    return Wanted(state: state, machine: machine, cases: cases, via: via, rows: rows, devices: devices)
  } catch {
    print("vfio-conformance: \(error)")
    return nil
  }
}

/// Asks rows and prints the answers; how many differ.
func ask<Asked: Kernel & ~Copyable & Sendable>(
  _ rows: ArraySlice<ConformanceTable.Row>,
  of run: inout ConformanceRun<Asked>
) -> Int {
  var differing = 0
  for row in rows {
    let answer = run.answer(row)
    print("@@row \(row.line) \(answer)")
    guard answer != row.expected else { continue }
    differing += 1
    let title = row.title.isEmpty ? "" : "\(row.name), \(row.title): "
    print("@@differs \(row.line) \(title)\(row.call) \(row.subject): expected \(row.expected), not \(answer)")
  }
  run.finish()
  return differing
}

func local(_ wanted: Wanted) -> Int {
  var run = ConformanceRun(LinuxKernel(), devices: wanted.devices)
  return ask(wanted.rows[...], of: &run)
}

/// An agent for each case: what a kernel keeps for a process ends with it.
func remote(_ wanted: Wanted, _ via: [String]) -> Int {
  var differing = 0
  var rest = wanted.rows[...]
  while let first = rest.first {
    let rows = rest.prefix { $0.name == first.name }
    rest = rest.dropFirst(rows.count)
    do {
      let agent = try RemoteAgent(over: LinuxProgram.start(via))
      let doors = ConformanceDoors<RemoteKernel>(
        protect: { (kernel, part, access) throws(KernelError) in try kernel.protect(part, access) },
        byteOrder: agent.architecture.hasPrefix("ppc") ? .big : .little
      )
      var run = ConformanceRun(RemoteKernel(agent), devices: wanted.devices, doors: doors)
      differing += ask(rows, of: &run)
      agent.close()
    } catch {
      print("@@differs \(first.line) \(first.name): no agent answers: \(error)")
      differing += rows.count
    }
  }
  return differing
}

func run(_ words: [String]) -> Int32 {
  guard let wanted = wanted(words) else { return 2 }
  let differing = wanted.via.map { remote(wanted, $0) } ?? local(wanted)
  print("@@conformance state=\(wanted.state) rows=\(wanted.rows.count) differing=\(differing)")
  return differing == 0 && !wanted.rows.isEmpty ? 0 : 1
}

exit(run(Array(CommandLine.arguments.dropFirst())))
