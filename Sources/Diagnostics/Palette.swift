/// How parts of a finding are set off on a terminal.
package struct Palette: Sendable {
  package enum Part: Sendable { case error, warning, remark, note, gutter, emphasis }

  private let isColoured: Bool

  /// No sequences at all: files, pipes, `NO_COLOR`.
  package static let plain = Palette(isColoured: false)
  /// The eight basic colours, which every terminal theme makes readable.
  package static let coloured = Palette(isColoured: true)

  package func paint(_ text: String, _ part: Part) -> String {
    guard isColoured, !text.isEmpty else { return text }
    return "\u{1b}[\(code(part))m\(text)\u{1b}[0m"
  }

  private func code(_ part: Part) -> String {
    switch part {
    case .error: "1;31"
    case .warning: "1;33"
    case .remark: "1;36"
    case .note: "1;34"
    case .gutter: "34"
    case .emphasis: "1"
    }
  }
}

extension Severity {
  package var part: Palette.Part {
    switch self {
    case .error: .error
    case .warning: .warning
    case .remark: .remark
    case .note: .note
    }
  }
}
