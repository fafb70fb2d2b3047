import CLibYAML
package import Diagnostics

/// Reads a text in the strict dialect.
package enum YAMLParser {
  /// The nodes of a text, or nil where nothing could be made of it; every refusal is a diagnostic with a place.
  package static func parse(
    _ source: SourceText,
    limits: YAMLLimits = YAMLLimits(),
    diagnostics: inout [Diagnostic]
  ) -> YAMLDocument? {
    var events = 0
    return parse(source, limits: limits, diagnostics: &diagnostics, events: &events)
  }

  /// The same, telling how many events of libyaml were taken.
  package static func parse(
    _ source: SourceText,
    limits: YAMLLimits,
    diagnostics: inout [Diagnostic],
    events: inout Int
  ) -> YAMLDocument? {
    guard source.bytes.count <= min(limits.bytes, Int(UInt32.max) - 1) else {
      diagnostics.append(
        YAMLRule.limit.finding(
          "the text of \(source.bytes.count) bytes exceeds the limit of \(limits.bytes)",
          in: source,
          0..<0,
          help: "split it, or raise the limit with '--limit bytes=N'"
        )
      )
      return nil
    }
    let check = TextCheck(source.bytes)
    for fault in check.forbidden {
      diagnostics.append(YAMLRule.forbidden(fault.scalar, in: source, fault.range))
    }
    if let place = check.invalid {
      diagnostics.append(
        YAMLRule.encoding.finding(
          "byte 0x\(hexadecimal(source.bytes[place.lowerBound])) begins no UTF-8 character",
          in: source,
          place,
          help: "save the file as UTF-8"
        )
      )
      return nil
    }
    guard !check.hasControl else { return nil }
    var builder = TreeBuilder(source: source, limits: limits, isASCII: check.isASCII)
    let document = builder.build(events: &events)
    diagnostics += builder.diagnostics
    return document
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return digits.utf8.count == 1 ? "0" + digits : digits
  }
}

extension YAMLRule {
  /// A finding of this rule.
  func finding(
    _ message: String,
    in source: SourceText,
    _ range: Range<Int>,
    notes: [Diagnostic.Note] = [],
    help: String...
  ) -> Diagnostic {
    let place = SourceRange(source: source.id, start: UInt32(range.lowerBound), end: UInt32(range.upperBound))
    return Diagnostic(
      rule: rawValue,
      severity: .error,
      message: message,
      range: place,
      notes: notes,
      help: help
    )
  }

  /// The finding for a character that cannot be seen for what it is.
  static func forbidden(_ scalar: UInt32, in source: SourceText, _ range: Range<Int>) -> Diagnostic {
    let number = String(scalar, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
    let kind =
      scalar == 0
      ? "a NUL character"
      : scalar < 0xa0 ? "a control character" : "a character that changes how a line reads"
    return YAMLRule.character.finding(
      "\(kind), \(name), stands in the text",
      in: source,
      range,
      help: "delete it"
    )
  }
}
