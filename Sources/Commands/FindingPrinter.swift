import Diagnostics

/// How many findings of a kind there are.
struct FindingCount: Sendable {
  var errors = 0
  var warnings = 0

  init() {}

  init(_ findings: [Diagnostic]) {
    for finding in findings {
      switch finding.severity {
      case .error: errors += 1
      case .warning: warnings += 1
      case .note, .remark: break
      }
    }
  }

  static func += (left: inout FindingCount, right: FindingCount) {
    left.errors += right.errors
    left.warnings += right.warnings
  }

  /// `2 errors, 1 warning`.
  var words: String { "\(counted(errors, "error")), \(counted(warnings, "warning"))" }
}

/// A number and its noun.
func counted(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }

/// Shows findings in the form that is wanted.
struct FindingPrinter: Sendable {
  let format: FindingFormat
  let palette: Palette
  let isQuiet: Bool
  let isVerbose: Bool

  init(format: FindingFormat, palette: Palette, isQuiet: Bool, isVerbose: Bool) {
    self.format = format
    self.palette = palette
    self.isQuiet = isQuiet
    self.isVerbose = isVerbose
  }

  /// The findings that are shown.
  func shown(_ findings: [Diagnostic]) -> [Diagnostic] {
    findings.filter { finding in
      switch finding.severity {
      case .error, .warning: true
      case .remark: !isQuiet
      case .note: isVerbose
      }
    }
  }

  /// Findings in text or concise form; nothing for JSON, which is one document at the end.
  func text(_ findings: [Diagnostic], in texts: [SourceText]) -> [UInt8] {
    var result: [UInt8] = []
    switch format {
    case .text:
      var renderer = TextRenderer(SourceTexts(texts), palette: palette)
      for finding in shown(findings) { result += renderer.text(finding).utf8 }
    case .concise:
      var renderer = ConciseRenderer(SourceTexts(texts))
      for finding in shown(findings) { result += renderer.text(finding).utf8 }
    case .json: break
    }
    return result
  }

  /// All findings as one document.
  func document(_ findings: [Diagnostic], in texts: [SourceText]) -> [UInt8] {
    var renderer = JSONRenderer(SourceTexts(texts))
    return renderer.document(shown(findings))
  }
}
