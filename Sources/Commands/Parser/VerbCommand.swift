import ArgumentParser

/// The words of a verb as the parser knows them, with their help.
protocol VerbCommand: ParsableCommand {
  associatedtype Asked: Verb

  /// What the words ask for.
  func verb() throws -> Asked
}

extension VerbCommand {
  func validate() throws {
    if let fault = try verb().fault { throw ValidationError(fault) }
  }
}
