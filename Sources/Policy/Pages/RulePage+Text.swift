import Diagnostics
import VFIOTypes

extension RulePage {
  /// The page as plain text: prose is wrapped at 80 columns, examples and messages stand as they are.
  package var text: String {
    var lines: [String] = []
    lines += aliasOf.map { ["\(id) is now \($0)", ""] } ?? []
    lines += PageText.wrapped("\(severity.rawValue) [\(aliasOf ?? id)]: \(summary)")
    lines += ["", "  kind: \(kind.rawValue)\(kind.isSilent ? "; it fires nowhere" : "")", ""]
    lines += PageText.wrapped(rationale)
    lines += titled("What is seen without it:", otherwise.split(separator: "\n").map(String.init))
    lines += conditions
    lines += examples("Accepted", accepts) + examples("Rejected", rejects)
    let sources = sources.flatMap { PageText.wrapped($0.text, indent: 2) }
    if !sources.isEmpty { lines += ["", "Read in:"] + sources }
    return lines.joined(separator: "\n") + "\n"
  }

  private func titled(_ title: String, _ texts: [String]) -> [String] {
    texts.isEmpty ? [] : ["", title] + texts.map { "  \($0)" }
  }

  /// When it applies, and what can be done about it.
  private var conditions: [String] {
    var lines: [String] = []
    if !machines.isEmpty {
      lines.append("Machines: \(machines.map(\.rawValue).sorted().joined(separator: ", ")).")
    }
    if !needs.isEmpty { lines.append("Host facts it needs: \(needs.joined(separator: ", ")).") }
    if !requires.isEmpty {
      lines.append("Not looked at where one of these fires: \(requires.joined(separator: ", ")).")
    }
    if let fix { lines.append("Its fix-it can \(fix).") }
    if kind == .check {
      lines.append(
        canBeWaived ? "An 'allow' entry can waive it, with a reason." : "It cannot be waived."
      )
    }
    return lines.isEmpty ? [] : [""] + lines.flatMap { PageText.wrapped($0) }
  }

  private func examples(_ title: String, _ examples: [Example]) -> [String] {
    examples.flatMap { example in
      let host = example.host ?? self.host
      let place = host == .none ? "" : " on the host '\(host.rawValue)'"
      return ["", "\(title)\(place):"] + PageText.underlined(example.text).map { "    \($0)" }
    }
  }
}

extension RulePage.Kind {
  /// Whether no finding carries ids of this kind.
  package var isSilent: Bool {
    switch self {
    case .byConstruction, .note: true
    case .check, .planInvariant, .importing, .dialect, .schema, .waiver, .report: false
    }
  }
}

/// Plain text for a terminal of 80 columns.
enum PageText {
  static let width = 80

  /// Prose broken between words; a word that is too long stands alone.
  static func wrapped(_ text: String, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
      if !line.isEmpty, indent + line.count + 1 + word.count > width {
        lines.append(margin + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [margin + line]
  }

  /// An example without its marks, and beneath each marked line a line of carets.
  static func underlined(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.flatMap { line in
      var shown = ""
      var carets = ""
      var isMarked = false
      for character in line {
        switch character {
        case "«": isMarked = true
        case "»": isMarked = false
        default:
          shown.append(character)
          carets.append(isMarked ? "^" : " ")
        }
      }
      guard let last = carets.lastIndex(of: "^") else { return [shown] }
      return [shown, String(carets[...last])]
    }
  }
}
