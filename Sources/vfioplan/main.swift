// Hands this machine and its kernel to the commands.
import Commands
import LinuxHost
import LinuxVFIO

var machine = LinuxMachine()
let status = Program.run(Array(CommandLine.arguments.dropFirst()), on: &machine) { LinuxKernel() }
LinuxMachine.end(status)
