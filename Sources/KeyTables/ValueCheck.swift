import Diagnostics
import VFIOTypes
import YAMLSyntax

/// Checks one value against its type.
///
/// Mappings are looked at by the `MappingReader` that reads them; here only that a mapping stands there at all.
enum ValueCheck {
  /// Whether a reader may go on to read the value; what is wrong is a finding.
  static func accepts(_ node: YAMLNode, _ type: KeyType, of key: String, _ diagnostics: inout [Diagnostic])
    -> Bool
  {
    switch type {
    case .integer(let range): integer(node, range, key, &diagnostics)
    case .bool: bool(node, key, &diagnostics)
    case .text: text(node, key, &diagnostics)
    case .shaped(let shape): shaped(node, shape, key, &diagnostics)
    case .words(let words): word(node, words, nil, key, &diagnostics)
    case .wordsOr(let words, let other): word(node, words, other, key, &diagnostics)
    case .scalar:
      node.isScalar ? true : mismatch(node, "a single value", key, &diagnostics)
    case .list(let element): list(node, element, key, &diagnostics)
    case .mapping, .named:
      node.style == .mapping ? true : mismatch(node, "a mapping", key, &diagnostics)
    case .free(let element): free(node, element, key, &diagnostics)
    case .scalarOrMapping(let scalar, _):
      node.style == .mapping ? true : accepts(node, scalar, of: key, &diagnostics)
    }
  }

  // MARK: Scalars

  private static func integer(
    _ node: YAMLNode,
    _ range: ClosedRange<Int>,
    _ key: String,
    _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    guard node.style == .plain, let number = PlainNumber(node.utf8) else {
      return mismatch(node, "a whole number", key, &diagnostics)
    }
    guard case .whole(let value) = number.value else {
      return mismatch(node, "a whole number", key, &diagnostics)
    }
    // Past 64 bits it is still a number, only out of every range.
    guard let value, range.contains(value) else {
      let bounds =
        range.upperBound == Int.max && value != nil
        ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
      diagnostics.append(
        SchemaRule.range.finding("'\(key)' is \(node.text), expected \(bounds)", at: node.range)
      )
      return false
    }
    guard number.isPlainDigits else {
      diagnostics.append(
        SchemaRule.numberForm.finding(
          "'\(node.text)' is not written in plain digits",
          at: node.range,
          help: ["write \(value)"],
          fixIts: [FixIt("write \(value)", edits: [.init(node.range, with: "\(value)")])]
        )
      )
      return false
    }
    return true
  }

  private static func bool(_ node: YAMLNode, _ key: String, _ diagnostics: inout [Diagnostic]) -> Bool {
    guard node.style == .plain, node.utf8.elementsEqual("true".utf8) || node.utf8.elementsEqual("false".utf8)
    else { return mismatch(node, "true or false", key, &diagnostics) }
    return true
  }

  private static func text(_ node: YAMLNode, _ key: String, _ diagnostics: inout [Diagnostic]) -> Bool {
    guard isText(node, key, &diagnostics) else { return false }
    guard !node.utf8.isEmpty else {
      diagnostics.append(SchemaRule.shape.finding("'\(key)' is empty", at: node.range))
      return false
    }
    return true
  }

  private static func shaped(
    _ node: YAMLNode,
    _ shape: TextShape,
    _ key: String,
    _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    guard isText(node, key, &diagnostics) else { return false }
    guard shape.matches(node.utf8) else {
      diagnostics.append(
        SchemaRule.shape.finding("'\(node.text)' at '\(key)', expected \(shape.words)", at: node.range)
      )
      return false
    }
    if shape == .pciAddress && node.style == .plain {
      diagnostics.append(
        SchemaRule.plainAddress.finding(
          "PCI address \(node.text) stands without quotes",
          at: node.range,
          help: ["quote it: \"\(node.text)\""],
          fixIts: [FixIt("quote it", edits: [.init(node.range, with: "\"\(node.text)\"")])]
        )
      )
    }
    if shape == .size && ByteCount(node.text) == nil {
      diagnostics.append(SchemaRule.numberForm.finding("'\(node.text)' exceeds 16 EiB", at: node.range))
      return false
    }
    return true
  }

  private static func word(
    _ node: YAMLNode,
    _ words: [String],
    _ other: KeyType?,
    _ key: String,
    _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    if node.isScalar {
      let text = node.utf8
      let isWord = words.contains { $0.utf8.count == text.count && text.elementsEqual($0.utf8) }
      if isWord && !isJSONScalar(node) { return true }
    }
    if let other { return accepts(node, other, of: key, &diagnostics) }
    guard isText(node, key, &diagnostics) else { return false }
    let near = NearestWord.of(node.text, in: words)
    diagnostics.append(
      SchemaRule.word.finding(
        "'\(node.text)' at '\(key)', expected \(quotedList(words))",
        at: node.range,
        help: near.map { ["did you mean '\($0)'?"] } ?? [],
        fixIts: near.map { [FixIt("write '\($0)'", edits: [.init(node.range, with: $0)])] } ?? []
      )
    )
    return false
  }

  /// Whether text stands there: in quotes, or plain and nothing that JSON would read as something else.
  private static func isText(_ node: YAMLNode, _ key: String, _ diagnostics: inout [Diagnostic]) -> Bool {
    guard node.isScalar else { return mismatch(node, "text", key, &diagnostics) }
    guard isJSONScalar(node) else { return true }
    guard !node.utf8.isEmpty else { return mismatch(node, "text", key, &diagnostics) }
    diagnostics.append(
      SchemaRule.type.finding(
        "'\(key)' is text, and \(node.text) without quotes reads as something else",
        at: node.range,
        help: ["write \"\(node.text)\""],
        fixIts: [FixIt("quote it", edits: [.init(node.range, with: "\"\(node.text)\"")])]
      )
    )
    return false
  }

  /// Whether JSON reads the scalar as a number, a truth value or null.
  static func isJSONScalar(_ node: YAMLNode) -> Bool {
    guard node.style == .plain else { return false }
    let text = node.utf8
    guard let first = text.first else { return true }
    switch first {
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return PlainNumber(text) != nil
    case UInt8(ascii: "t"): return text.elementsEqual("true".utf8)
    case UInt8(ascii: "f"): return text.elementsEqual("false".utf8)
    case UInt8(ascii: "n"): return text.elementsEqual("null".utf8)
    default: return false
    }
  }

  // MARK: Collections

  private static func list(
    _ node: YAMLNode,
    _ element: KeyType,
    _ key: String,
    _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    guard node.style == .sequence else { return mismatch(node, "a list", key, &diagnostics) }
    var isRight = true
    for item in node.items where !accepts(item, element, of: key, &diagnostics) { isRight = false }
    return isRight
  }

  private static func free(
    _ node: YAMLNode,
    _ element: KeyType,
    _ key: String,
    _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    guard node.style == .mapping else { return mismatch(node, "a mapping", key, &diagnostics) }
    var isRight = true
    for pair in node.pairs where !accepts(pair.value, element, of: pair.key.text, &diagnostics) {
      isRight = false
    }
    return isRight
  }

  private static func mismatch(
    _ node: YAMLNode,
    _ expected: String,
    _ key: String,
    _ diagnostics: inout [Diagnostic]
  ) -> Bool {
    let found =
      switch node.style {
      case .mapping: "a mapping"
      case .sequence: "a list"
      case .quoted, .block: "text"
      case .plain: node.utf8.isEmpty ? "nothing" : "'\(node.text)'"
      }
    diagnostics.append(
      SchemaRule.type.finding("\(found) at '\(key)', expected \(expected)", at: node.range)
    )
    return false
  }

  private static func quotedList(_ words: [String]) -> String {
    let quoted = words.map { "'\($0)'" }
    guard quoted.count > 1 else { return quoted.joined() }
    return quoted.dropLast().joined(separator: ", ") + " or " + (quoted.last ?? "")
  }
}

/// A plain scalar that JSON's grammar reads as a number.
struct PlainNumber {
  enum Value: Hashable {
    /// A whole number, however it is written; nil where 64 bits do not hold it.
    case whole(Int?)
    case fraction
  }

  var value: Value
  /// Whether it is written without sign, fraction, exponent and leading zero.
  var isPlainDigits: Bool

  init?(_ text: ArraySlice<UInt8>) {
    var rest = text
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest = rest.dropFirst() }
    let digits = rest.prefix(while: \.isDecimalDigit)
    guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
    rest = rest.dropFirst(digits.count)
    guard !rest.isEmpty else {
      isPlainDigits = !isNegative
      value = .whole(isNegative ? Int(String(decoding: text, as: UTF8.self)) : PlainNumber.whole(digits))
      return
    }
    guard PlainNumber.isTail(rest), let number = Double(String(decoding: text, as: UTF8.self)) else {
      return nil
    }
    isPlainDigits = false
    // As JSON Schema has it, a number without a fraction is whole: 1.0 and 1e3 too.
    value = number.isFinite && number == number.rounded() ? .whole(Int(exactly: number)) : .fraction
  }

  /// The value of decimal digits; nil for anything else and where 64 bits do not hold it.
  static func whole(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for byte in digits {
      guard byte.isDecimalDigit else { return nil }
      let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, isPast) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !isTooLarge && !isPast else { return nil }
      value = sum
    }
    return value
  }

  /// Whether a fraction, an exponent or both follow.
  private static func isTail(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: \.isDecimalDigit)
      guard !fraction.isEmpty else { return false }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard let sign = rest.first else { return true }
    guard sign == UInt8(ascii: "e") || sign == UInt8(ascii: "E") else { return false }
    rest = rest.dropFirst()
    if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      rest = rest.dropFirst()
    }
    return !rest.isEmpty && rest.allSatisfy(\.isDecimalDigit)
  }
}
