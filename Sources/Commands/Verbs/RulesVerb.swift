import Diagnostics
import HostDoors
import Policy
import VFIOTypes

/// How a list is written that has no findings.
enum DocumentFormat: String, CaseIterable, Sendable {
  case text, json
}

/// Lists every id a finding can have.
struct RulesVerb: Verb {
  var format = DocumentFormat.text
  var display = Display()

  var fault: String? { display.fault }

  // MARK: Words

  mutating func take(option name: String, _ words: inout PlainWords) -> Bool {
    guard name == "--format" else { return false }
    format = words.value { DocumentFormat(rawValue: $0) } ?? format
    return true
  }

  // MARK: Run

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    // Ids that are no longer said are found by 'explain'; what fires nowhere is no rule to look for.
    let pages = FindingPages.all.filter { $0.aliasOf == nil && !$0.kind.isSilent }
    switch format {
    case .text: session.write(RulesVerb.table(pages, session.palette(.output)))
    case .json: session.write(RulesVerb.document(pages))
    }
    return .success
  }

  private static func table(_ pages: [RulePage], _ palette: Palette) -> String {
    let width = pages.map(\.id.utf8.count).max() ?? 0
    return pages.map { page in
      let severity = page.severity.rawValue
      let gap = String(repeating: " ", count: 9 - severity.utf8.count)
      let pad = String(repeating: " ", count: width - page.id.utf8.count)
      return palette.paint(severity, page.severity.part) + gap + page.id + pad + "  " + page.summary + "\n"
    }.joined()
  }

  private static func document(_ pages: [RulePage]) -> [UInt8] {
    var writer = JSONWriter()
    writer.array { writer in
      for page in pages {
        writer.object { writer in
          writer.key("id")
          writer.string(page.id)
          writer.key("kind")
          writer.string(page.kind.rawValue)
          writer.key("severity")
          writer.string(page.severity.rawValue)
          writer.key("summary")
          writer.string(page.summary)
          writer.key("machines")
          writer.array(compact: true) { writer in
            for machine in page.machines.map(\.rawValue).sorted() { writer.string(machine) }
          }
          writer.key("needs")
          writer.array(compact: true) { writer in
            for fact in page.needs { writer.string(fact) }
          }
          writer.key("can-be-waived")
          writer.bool(page.canBeWaived)
        }
      }
    }
    return writer.finished()
  }
}
