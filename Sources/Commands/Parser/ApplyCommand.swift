import ArgumentParser

/// The words of `apply`.
struct ApplyCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Carry out a saved plan: exactly that one, or none.",
    discussion: """
      The plan is one that 'vfioplan FILE --out PLAN' saved. Guards look at this machine first, then every fact the plan \
      rests on is compared: where one differs, nothing is written and each is named. All functions are bound, or none.

      LEVELS ('--level'):
        bind    functions are bound to their drivers
        prove   then groups are opened, containers built and their edges mapped and unmapped; then all is let go
        hold    then all of it is kept, with guest RAM mapped where the plan says so, or handed over: to a command after \
      '--', or by '--socket'; 'vfioplan compile --help' has it all

      EXAMPLES:
        vfioplan db1.yaml --host live --out db1.plan.json
        vfioplan apply db1.plan.json --dry-run
        vfioplan apply db1.plan.json
        vfioplan apply db1.plan.json --level bind
        vfioplan release
      """
  )

  @Argument(help: ArgumentHelp("The saved plan; '-' is standard input.", valueName: "plan"))
  var plan: String

  @Option(help: "How far it goes: bind, prove, hold.")
  var level = ApplyLevel.prove

  @OptionGroup var apply: ApplyOptions

  @Option(help: "How findings are shown: text, concise (one a line), json.")
  var format = FindingFormat.text

  @OptionGroup var limit: LimitOptions
  @OptionGroup var far: ViaOptions
  @OptionGroup var display: DisplayOptions

  func verb() throws -> ApplyVerb {
    ApplyVerb(
      plan: plan,
      level: level,
      application: apply.style,
      format: format,
      limits: try limit.limits(),
      via: far.via,
      display: display.display
    )
  }
}
