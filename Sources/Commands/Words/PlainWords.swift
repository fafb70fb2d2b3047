/// The words of a command line, taken one after the other.
///
/// Only what is written plainly is taken: `--name`, `--name value`, `--name=value` and words without a dash. At anything
/// else the line stops being plain, and whoever knows all of the syntax reads it instead.
struct PlainWords {
  private var rest: ArraySlice<String>
  /// What stands after the `=` of the option that is read, until it is taken.
  private var attached: String?
  /// Whether every word up to here was understood.
  private(set) var isPlain = true

  init(_ words: ArraySlice<String>) { rest = words }

  /// A word as it stands at the head of what is left.
  enum Word {
    case option(String)
    case operand(String)
  }

  /// The next word; nil at the end, and where the line is no longer plain.
  mutating func next() -> Word? {
    if attached != nil { isPlain = false }
    guard isPlain, let word = rest.popFirst() else { return nil }
    guard PlainWords.isOption(word) else {
      if word.isEmpty { isPlain = false }
      return isPlain ? .operand(word) : nil
    }
    guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return .option(word) }
    attached = String(word[word.utf8.index(after: equals)...])
    return .option(String(word[..<equals]))
  }

  /// The value of the option that is read, made of a word.
  ///
  /// - Parameter read: nil where the word is none of its values.
  /// - Returns: nil where there is no value, and then the line is no longer plain.
  mutating func value<Value>(_ read: (String) -> Value?) -> Value? {
    let word: String?
    if let attached {
      word = attached
      self.attached = nil
    } else {
      word = rest.first.flatMap { PlainWords.isOption($0) ? nil : $0 }
      rest = rest.dropFirst()
    }
    guard let word, !word.isEmpty, let value = read(word) else {
      isPlain = false
      return nil
    }
    return value
  }

  mutating func value() -> String? { value { $0 } }

  /// Hands over the value of the option that is read; where it is refused, the line is no longer plain.
  mutating func assign(_ take: (String) throws(UsageFault) -> Void) {
    guard let word = value() else { return }
    do throws(UsageFault) { try take(word) } catch { isPlain = false }
  }

  /// The value of an option whose value may be left out: it stands after a `=` or nowhere.
  mutating func attachedValue<Value>(else absent: Value, _ read: (String) -> Value?) -> Value? {
    attached == nil ? absent : value(read)
  }

  /// The values of an option that takes all words up to the next option.
  mutating func values<Value>(_ read: (String) -> Value?) -> [Value] {
    guard attached == nil else {
      isPlain = false
      return []
    }
    var values: [Value] = []
    repeat {
      guard let value = value(read) else { return [] }
      values.append(value)
    } while rest.first.map { !PlainWords.isOption($0) } ?? false
    return values
  }

  /// `-` alone is standard input and no option.
  private static func isOption(_ word: String) -> Bool { word.utf8.first == UInt8(ascii: "-") && word != "-" }
}
