import HostDoors

/// What one command line asks for: a value, however its words were read.
protocol Verb: Hashable, Sendable {
  /// With nothing but the defaults.
  init()

  var display: Display { get set }

  /// The way to the host, where it is not this machine.
  var via: Via { get }

  /// Why this cannot be carried out on whatever machine; nil where nothing is wrong.
  var fault: String? { get }

  /// Whether every operand that must be there is.
  var isComplete: Bool { get }

  /// Takes a word that is no option; false where there is no place for it.
  mutating func take(operand word: String) -> Bool

  /// Takes an option with its value; false where the verb has none of that name.
  mutating func take(option name: String, _ words: inout PlainWords) -> Bool

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus
}

extension Verb {
  var via: Via { Via() }

  var isComplete: Bool { true }

  mutating func take(operand word: String) -> Bool { false }

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool { false }
}
