import ArgumentParser

/// The words of `rules`.
struct RulesCommand: VerbCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "List all rules: severity, id and what is demanded.",
    discussion: """
      EXAMPLES:
        vfioplan rules | grep papr-
        vfioplan rules --format json
        vfioplan explain papr-container-per-bridge
      """
  )

  @Option(help: "How they are listed: text, json.")
  var format = DocumentFormat.text

  @OptionGroup var display: DisplayOptions

  func verb() -> RulesVerb { RulesVerb(format: format, display: display.display) }
}
