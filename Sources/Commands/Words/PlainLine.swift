/// Reads a command line that is written plainly, as nearly all are.
///
/// ArgumentParser learns by reflection what every command takes, which costs more than the check of a small file. So what
/// it need not be asked is read here first: a verb, its operands and its options in their long form. Whatever else stands
/// in a line (a mistake, a request for help, a short form) makes it none of these, and the parser reads all of it. A test
/// holds that both come to the same.
enum PlainLine {
  /// What a line asks for; nil where it is not plain, or not right.
  static func read(_ words: [String]) -> (any Verb)? {
    guard let first = words.first else { return nil }
    let rest = words.dropFirst()
    switch first {
    case "check": return CheckVerb(plain: rest)
    case "compile": return CompileVerb(plain: rest)
    case "apply": return ApplyVerb(plain: rest)
    case "release": return ReleaseVerb(plain: rest)
    case "init": return InitVerb(plain: rest)
    case "explain": return ExplainVerb(plain: rest)
    case "rules": return RulesVerb(plain: rest)
    case "schema": return SchemaVerb(plain: rest)
    case "host":
      switch rest.first {
      case "snapshot": return HostSnapshotVerb(plain: rest.dropFirst())
      case "list": return HostListVerb(plain: rest.dropFirst())
      case "doctor": return HostDoctorVerb(plain: rest.dropFirst())
      default: return nil
      }
    case "help": return nil
    // 'vfioplan FILE': an option before the file may take the next word or not, which the parser knows.
    default:
      return first.utf8.first == UInt8(ascii: "-") && first != "-" ? nil : CompileVerb(plain: words[...])
    }
  }
}

extension Verb {
  /// What the words after the verb ask for; nil where they are not plain, or not right.
  init?(plain words: ArraySlice<String>) {
    self.init()
    var words = PlainWords(words)
    while let word = words.next() {
      let isKnown =
        switch word {
        case .operand(let operand): take(operand: operand)
        case .option(let option): take(option: option, &words) || display.take(option: option, &words)
        }
      guard isKnown, words.isPlain else { return nil }
    }
    guard words.isPlain, isComplete, fault == nil else { return nil }
  }
}
