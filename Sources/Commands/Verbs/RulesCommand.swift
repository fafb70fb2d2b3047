import ArgumentParser
import Diagnostics
import HostDoors
import Policy
import VFIOTypes

/// Lists every id a finding can have.
struct RulesCommand: Verb {
  /// How the list is written.
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
    case text, json
  }

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
  var format = Format.text

  @OptionGroup var display: DisplayOptions

  func run<Door: Machine>(in session: inout Session<Door>) -> ExitStatus {
    // Ids that are no longer said are found by 'explain'; what fires nowhere is no rule to look for.
    let pages = FindingPages.all.filter { $0.aliasOf == nil && !$0.kind.isSilent }
    switch format {
    case .text: session.write(RulesCommand.table(pages, session.palette(.output)))
    case .json: session.write(RulesCommand.document(pages))
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
