package import Diagnostics

/// What a text says that its key tables do not allow: one id each, with its page.
///
/// A text is valid by the emitted JSON Schema exactly when no finding has one of the `schema-` ids; the two others are
/// about spellings that JSON Schema cannot see.
package enum SchemaRule: String, Hashable, Sendable, CaseIterable {
  case type = "schema-type"
  case unknownKey = "schema-unknown-key"
  case required = "schema-required"
  case range = "schema-range"
  case word = "schema-word"
  case shape = "schema-shape"
  case exactlyOne = "schema-exactly-one"
  case numberForm = "number-form"
  case plainAddress = "yaml-plain-address"

  /// What is demanded, one clause.
  package var summary: String {
    switch self {
    case .type: "a value has the type of its key"
    case .unknownKey: "every key is one of the schema"
    case .required: "no required key is left out"
    case .range: "a number lies in its range"
    case .word: "a value is one of the words of its key"
    case .shape: "a text has the shape of its key"
    case .exactlyOne: "of keys that exclude each other exactly one is written"
    case .numberForm: "a whole number is written in plain digits"
    case .plainAddress: "a PCI address stands in quotes"
    }
  }

  /// Why, for the page.
  package var rationale: String {
    switch self {
    case .type, .word, .shape, .range:
      "The type of a value is said by its key, never by its look, so that every reader of the file agrees."
    case .unknownKey:
      "A key that nobody reads is a wish that is not carried out, most often a slip of the keyboard."
    case .required: "There is no value that would be right for everybody."
    case .exactlyOne: "Two of them would contradict each other, and with none there is nothing to do."
    case .numberForm: "YAML readers disagree on what 1.0 and 1e3 are, and a size past 16 EiB is a slip."
    case .plainAddress:
      "Readers of YAML 1.1 take a plain 0000:01:00.0 for a number to the base of sixty and make 60.0 of it."
    }
  }

  package var severity: Severity { self == .plainAddress ? .warning : .error }

  /// What its fix-it does; nil where it offers none.
  package var fix: String? {
    switch self {
    case .unknownKey, .word: "write the word that was probably meant"
    case .numberForm: "write the number in plain digits"
    case .type, .plainAddress: "put the value in quotes"
    case .required, .range, .shape, .exactlyOne: nil
    }
  }

  /// Guest files it accepts.
  package var accepted: [String] {
    switch self {
    case .type: ["version: 1\nguests:\n  vm: {machine: q35, memory: 4GiB, balloon: true}\n"]
    case .unknownKey, .required: ["version: 1\nguests:\n  vm: {machine: q35, memory: 4GiB}\n"]
    case .range: ["version: 1\nguests:\n  vm: {machine: q35, memory: 4GiB, cpu: {count: 1}}\n"]
    case .word: ["version: 1\nguests:\n  vm: {machine: pseries, memory: 4GiB, migration: none}\n"]
    case .shape: ["version: 1\nguests:\n  vm: {machine: q35, memory: 1536MiB}\n"]
    case .exactlyOne, .plainAddress:
      [
        "version: 1\nguests:\n  vm:\n    machine: q35\n    memory: 4GiB\n"
          + "    bridges: {main: {devices: [\"0000:01:00.0\"]}}\n"
      ]
    case .numberForm: ["version: 1\nguests:\n  vm: {machine: q35, memory: 4GiB, cpu: {count: 10}}\n"]
    }
  }

  /// Guest files it rejects.
  package var rejected: [String] {
    switch self {
    case .type:
      [
        "version: 1\nguests:\n  vm: {machine: q35, memory: 4GiB, balloon: «1»}\n",
        "version: 1\nhost: {name: «12»}\nguests:\n  vm: {machine: q35, memory: 4GiB}\n",
      ]
    case .unknownKey: ["version: 1\nguests:\n  vm: {machine: q35, «memroy»: 4GiB}\n"]
    case .required: ["guests: {}\n"]
    case .range: ["version: 1\nguests:\n  vm: {machine: q35, memory: 4GiB, cpu: {count: «0»}}\n"]
    case .word: ["version: 1\nguests:\n  vm: {machine: pseries, memory: 4GiB, migration: «life»}\n"]
    case .shape: ["version: 1\nguests:\n  vm: {machine: q35, memory: «4GB»}\n"]
    case .exactlyOne:
      [
        "version: 1\nguests:\n  vm:\n    machine: q35\n    memory: 4GiB\n"
          + "    bridges: {main: {devices: [{name: nic0}]}}\n"
      ]
    case .numberForm: ["version: 1\nguests:\n  vm: {machine: q35, memory: 4GiB, cpu: {count: «1e1»}}\n"]
    case .plainAddress:
      [
        "version: 1\nguests:\n  vm:\n    machine: q35\n    memory: 4GiB\n"
          + "    bridges: {main: {devices: [«0000:01:00.0»]}}\n"
      ]
    }
  }

  /// A finding of this rule.
  package func finding(
    _ message: String,
    at range: SourceRange,
    notes: [Diagnostic.Note] = [],
    help: [String] = [],
    fixIts: [FixIt] = []
  ) -> Diagnostic {
    Diagnostic(
      rule: rawValue,
      severity: severity,
      message: message,
      range: range,
      notes: notes,
      help: help,
      fixIts: fixIts
    )
  }
}
