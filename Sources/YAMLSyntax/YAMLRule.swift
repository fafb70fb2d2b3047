/// What the dialect refuses: one id each, with its page.
package enum YAMLRule: String, Hashable, Sendable, CaseIterable {
  case syntax = "yaml-syntax"
  case empty = "yaml-empty"
  case encoding = "yaml-encoding"
  case character = "yaml-character"
  case limit = "yaml-limit"
  case duplicateKey = "yaml-duplicate-key"
  case anchor = "yaml-anchor"
  case alias = "yaml-alias"
  case mergeKey = "yaml-merge-key"
  case tag = "yaml-tag"
  case directive = "yaml-directive"
  case severalDocuments = "yaml-several-documents"
  case complexKey = "yaml-complex-key"

  /// What is demanded, one clause.
  package var summary: String {
    switch self {
    case .syntax: "the text is YAML"
    case .empty: "the text says something"
    case .encoding: "the text is UTF-8"
    case .character: "no control or bidirectional character stands in the text"
    case .limit: "the text stays within the limits"
    case .duplicateKey: "a mapping has each key once"
    case .anchor: "no anchor names a part of the text"
    case .alias: "no alias repeats a part of the text"
    case .mergeKey: "no merge key copies a mapping"
    case .tag: "no tag but the basic ones gives a value a type"
    case .directive: "no directive stands before the text"
    case .severalDocuments: "the text is one document"
    case .complexKey: "a key is a single word or number"
    }
  }

  /// Why, for the page.
  package var rationale: String {
    switch self {
    case .syntax:
      "What cannot be parsed cannot be checked. The place named is where the parser gave up; the fault may stand before it."
    case .empty: "An empty text is more often a lost file than a wish for nothing."
    case .encoding:
      "A byte that is no character would be shown as something else than what a hypervisor is given."
    case .character:
      "A control character cannot be seen, and a bidirectional one makes a line read otherwise than it is compared; neither belongs into a reviewed file."
    case .limit:
      "Limits keep a hostile or broken text from taking the memory and time of the machine that checks it. Each can be raised with '--limit NAME=N'."
    case .duplicateKey: "YAML readers disagree on which of two equal keys counts."
    case .anchor, .alias:
      "An alias makes one line mean something that stands elsewhere, and a few of them make a text of gigabytes. Repetition is what 'profiles' and 'use' are for."
    case .mergeKey:
      "Merge keys are read by some YAML versions and not by others. Repetition is what 'profiles' and 'use' are for."
    case .tag: "The type of a value is said by the schema, never by its look or a tag."
    case .directive: "The dialect has one version and no tag prefixes."
    case .severalDocuments:
      "One file is one host with its guests; what stands after '---' would be read by nobody."
    case .complexKey: "Every key is a name of the schema or of something in the file."
    }
  }

  /// A text it accepts.
  package var accepted: String {
    switch self {
    case .character: "name: \"caf\u{e9}\"\n"
    case .tag: "name: !!str db1\n"
    case .severalDocuments: "---\nversion: 1\n"
    default: "version: 1\nguests: {}\n"
    }
  }

  /// A text it rejects.
  package var rejected: String {
    switch self {
    case .syntax: "version: [1\n"
    case .empty: "# nothing\n"
    case .encoding: "name: \"\\xff\"  (a byte 0xff, which no UTF-8 text has)\n"
    case .character: "name: \"a\\u202eb\"\n"
    case .limit: String(repeating: "[", count: 65) + "\n"
    case .duplicateKey: "version: 1\nversion: 1\n"
    case .anchor: "guests: &all {}\n"
    case .alias: "a: &x 1\nb: *x\n"
    case .mergeKey: "<<: {version: 1}\n"
    case .tag: "name: !binary aGk=\n"
    case .directive: "%YAML 1.2\n---\nversion: 1\n"
    case .severalDocuments: "version: 1\n---\nversion: 1\n"
    case .complexKey: "? [a, b]\n: 1\n"
    }
  }
}
