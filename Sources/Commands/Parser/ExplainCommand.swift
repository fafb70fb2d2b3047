import ArgumentParser

/// The words of `explain`.
struct ExplainCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Print what a finding means: why, what is seen without it, what to do.",
    discussion: """
      An id stands in brackets at the end of each finding. A retired id leads to the one that says the same.

      EXAMPLES:
        vfioplan explain group-not-viable
        vfioplan explain papr-device-twice
        vfioplan rules
      """
  )

  @Argument(help: ArgumentHelp("The id of a rule.", valueName: "id"))
  var id: String

  @OptionGroup var display: DisplayOptions

  func verb() -> ExplainVerb { ExplainVerb(id: id, display: display.display) }
}
