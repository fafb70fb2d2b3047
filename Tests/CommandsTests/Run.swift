import Commands
import HostDoors

/// What one command line came to.
struct Run: Hashable, CustomStringConvertible {
  var status: Int32
  var output: String
  var error: String

  init(_ status: ExitStatus, output: String = "", error: String = "") {
    self.status = status.rawValue
    self.output = output
    self.error = error
  }

  /// Carries out a command line, its words separated by blanks.
  init(_ line: String, on machine: inout MemoryMachine<some Workers>) {
    self.init(words: line.split(separator: " ").map(String.init), on: &machine)
  }

  /// Carries out a command line.
  init(words: [String], on machine: inout MemoryMachine<some Workers>) {
    let (probe, host) = (machine.probe, machine.host)
    status = Program.run(words, on: &machine) {
      probe.kernel(of: host)
    }
    output = String(decoding: machine.console.output, as: UTF8.self)
    error = String(decoding: machine.console.error, as: UTF8.self)
    machine.console.output = []
    machine.console.error = []
  }

  init(_ line: String, on machine: MemoryMachine<some Workers>) {
    var machine = machine
    self.init(line, on: &machine)
  }

  /// The same with files alone.
  init(_ line: String, _ files: [String: String], input: String = "") {
    self.init(line, on: MemoryMachine(files, input: input))
  }

  var description: String { "exit \(status)\n--- output\n\(output)--- error\n\(error)---" }
}
