import Diagnostics
import GuestSchema
import KeyTables
import YAMLSyntax

/// The pages of all ids, and the ways to one.
package enum RulePages {
  /// In the order of the stages; those of a stage in the order of their tables, retired ids last.
  package static let all: [RulePage] = {
    let own: [RulePage] =
      YAMLRule.allCases.map(RulePage.init) + SchemaRule.allCases.map(RulePage.init)
      + ProfileRule.allCases.map(RulePage.init) + RuleCatalog.rules.map { RulePage($0.description) }
      + WaiverRule.allCases.map(\.page) + ReportPages.pages + ChangePages.pages + PlanInvariantPages.pages
      + ConstructionPages.pages + ImportPages.pages + NotePages.pages
    let aliases = RetiredIDs.survivors.compactMap { retired in
      own.first { $0.id == retired.survivor }?.retired(retired.id)
    }
    return own + aliases
  }()

  private static let positions: [String: Int] = Dictionary(
    all.enumerated().map { ($0.element.id, $0.offset) },
    uniquingKeysWith: { first, _ in first }
  )

  /// The page of an id; of a retired one the page of what it was retired for.
  package static func page(for id: String) -> RulePage? { positions[id].map { all[$0] } }

  /// The known id that was probably meant by an unknown one.
  package static func nearest(to id: String) -> String? { NearestWord.of(id, in: all.lazy.map(\.id)) }

  /// The pages whose hypervisor or kernel texts a message resembles, the likest first.
  ///
  /// Addresses and numbers in the message may be any.
  package static func pages(saying message: String) -> [RulePage] {
    let said = MessageWords.words(message)
    let scored = all.enumerated().compactMap { offset, page -> (likeness: Double, offset: Int)? in
      guard page.aliasOf == nil else { return nil }
      let likeness = page.otherwise.split(separator: "\n").map {
        MessageWords.likeness(of: MessageWords.words($0), in: said)
      }.max()
      return likeness.flatMap { $0 >= 0.7 ? ($0, offset) : nil }
    }
    return scored.sorted { ($1.likeness, $0.offset) < ($0.likeness, $1.offset) }.map { all[$0.offset] }
  }
}

/// Compares messages by their words, since their addresses and numbers differ each time.
enum MessageWords {
  /// Lower-case words of two letters or more; what holds a digit is an address or a number.
  static func words(_ text: some StringProtocol) -> [String] {
    let lower: String = text.lowercased()
    let parts: [Substring] = lower.split { !($0.isLetter || $0.isNumber) }
    return parts.filter { $0.count > 1 && !$0.contains(where: \.isNumber) }.map(String.init)
  }

  /// The part of the words of a text, at least two, that a message has in the same order.
  static func likeness(of words: [String], in message: [String]) -> Double {
    guard words.count >= 2, !message.isEmpty else { return 0 }
    // The longest common subsequence, row by row.
    var row = [Int](repeating: 0, count: message.count + 1)
    for word in words {
      var diagonal = 0
      for (column, other) in message.enumerated() {
        let above = row[column + 1]
        row[column + 1] = word == other ? diagonal + 1 : max(above, row[column])
        diagonal = above
      }
    }
    return row[message.count] < 2 ? 0 : Double(row[message.count]) / Double(words.count)
  }
}

extension RulePage {
  init(_ rule: YAMLRule) {
    self.init(
      id: rule.rawValue,
      kind: .dialect,
      severity: .error,
      summary: rule.summary,
      rationale: rule.rationale,
      sources: [.document("the dialect of the guest file")],
      accepts: [Example(rule.accepted)],
      rejects: [Example(rule.rejected)]
    )
  }

  init(_ rule: SchemaRule) {
    self.init(
      id: rule.rawValue,
      kind: .schema,
      severity: rule.severity,
      summary: rule.summary,
      rationale: rule.rationale,
      sources: [.document("the key tables of the guest file")],
      accepts: rule.accepted.map { Example($0) },
      rejects: rule.rejected.map { Example($0) }
    )
    fix = rule.fix
  }

  init(_ rule: ProfileRule) {
    self.init(
      id: rule.rawValue,
      kind: .schema,
      severity: .error,
      summary: rule.summary,
      rationale: rule.rationale,
      sources: [.document("the key tables of the guest file")],
      accepts: [Example(rule.accepted)],
      rejects: [Example(rule.rejected)]
    )
  }
}
