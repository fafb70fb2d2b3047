// Hands this machine to the commands.
import Commands
import LinuxHost

var machine = LinuxMachine()
let status = Program.run(Array(CommandLine.arguments.dropFirst()), on: &machine)
LinuxMachine.end(status)
