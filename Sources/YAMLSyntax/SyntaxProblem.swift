import CLibYAML
import Diagnostics

/// What libyaml could not read, in words a user can act on.
struct SyntaxProblem {
  private let problem: String
  private let context: String
  private let character: Int
  private let contextCharacter: Int?

  init(_ parser: yaml_parser_t) {
    problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "not YAML"
    context = unsafe parser.context.map { unsafe String(cString: $0) } ?? ""
    character = unsafe parser.problem_mark.index
    contextCharacter = unsafe parser.context == nil ? nil : parser.context_mark.index
  }

  func diagnostic(in source: SourceText, at position: inout BytePosition) -> Diagnostic {
    let start = Int(position.byte(ofCharacter: character))
    let byte = start < source.bytes.count ? source.bytes[start] : nil
    let (message, help) = words(byte)
    var notes: [Diagnostic.Note] = []
    if let contextCharacter, contextCharacter != character {
      let place = position.byte(ofCharacter: contextCharacter)
      let end = min(Int(place) + 1, source.bytes.count)
      notes.append(
        Diagnostic.Note(context, at: SourceRange(source: source.id, start: place, end: UInt32(end)))
      )
    }
    let end = byte == nil || byte == 0x0a ? start : start + 1
    var finding = YAMLRule.syntax.finding(message, in: source, start..<end, notes: notes, help: help)
    finding.why = "libyaml: \(problem)"
    return finding
  }

  /// The message and the cure.
  private func words(_ byte: UInt8?) -> (String, String) {
    if byte == UInt8(ascii: "\t") {
      return ("a tab stands where indentation is expected", "indent with blanks")
    }
    switch problem {
    case "could not find expected ':'":
      return (
        "expected ':' after this key",
        "a key ends in ':' on its own line; quote a text that goes on for lines"
      )
    case "mapping values are not allowed in this context":
      return ("a second ':' on this line", "put the inner mapping on a line of its own, or quote the text")
    case "did not find expected key", "did not find expected '-' indicator":
      return (
        "this line fits neither the mapping nor the list before it",
        "give it the indentation of its neighbours; a quoted text must be closed on the line before"
      )
    case "did not find expected ',' or ']'":
      return ("expected ',' or ']'", "close the list, or separate its items")
    case "did not find expected ',' or '}'":
      return ("expected ',' or '}'", "close the mapping, or separate its entries")
    case "found unexpected end of stream": return ("the text ends inside a quoted value", "close the quotes")
    case "found character that cannot start any token":
      return ("no value starts with this character", "put the value in quotes")
    case "did not find expected <document start>":
      return ("something stands after the end of the text", "one file has one mapping at its top")
    default: return (problem, "the fault stands here or just before")
    }
  }
}
