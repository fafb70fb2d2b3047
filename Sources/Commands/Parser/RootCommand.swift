import ArgumentParser

/// `vfioplan` itself.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vfioplan",
    abstract: "Checks and plans VFIO device assignment before anything starts.",
    discussion: """
      A YAML file describes guest host bridges and the host devices behind them. It is checked against the rules of \
      IOMMUs, kernels and hypervisors, resolved against a host, and becomes a plan.

      EXAMPLES:
        vfioplan db1.yaml                     findings, then the plan for a person to read
        vfioplan db1.yaml --emit qemu         the same as arguments for QEMU
        vfioplan db1.yaml --host live         against this machine
        vfioplan db1.yaml --apply             carried out on this machine
        vfioplan release                      everything given back
        vfioplan host doctor                  whether this machine can, and what is missing
        vfioplan check guests/ --jobs 2       every file below a folder
        vfioplan host snapshot > host.json    the facts about this machine that rules need
        vfioplan explain group-not-viable     what a finding means and what to do

      A command may be left out: 'vfioplan FILE' is 'vfioplan compile FILE'.

      EXIT CODES:
        0   clean, applied, or nothing to do
        1   findings at or above the failing level
        2   usage error
        3   changes are pending (with '--detailed-exitcode' only)
        4   something cannot be read or written, or is over a limit
        5   the host differs from the plan
        6   refused by a safety guard
        7   an apply failed; the host is as it was
        8   an apply failed; the host is not fully as it was, and the commands that finish it are printed
        9   another process changes the host
        70  a fault of the tool itself
      Where '--apply=hold' has run a command, the command's.
      Of several files the first of 70, 4, 1, 0 that occurred.
      """,
    version: "vfioplan \(Program.version)",
    subcommands: [
      CompileCommand.self, CheckCommand.self, ApplyCommand.self, ReleaseCommand.self, HostCommand.self,
      InitCommand.self, ExplainCommand.self, RulesCommand.self, SchemaCommand.self,
    ],
    defaultSubcommand: CompileCommand.self
  )

  /// The names of all verbs.
  static var verbs: [String] { configuration.subcommands.map { $0._commandName } }
}
