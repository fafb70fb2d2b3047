import Diagnostics
import VFIOTypes

/// Keys with their values, as the text of a plan spells them; what is nil is left out.
extension JSONWriter {
  mutating func text(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    string(value)
  }

  mutating func word(_ name: String, _ value: (some RawRepresentable<String>)?) {
    text(name, value?.rawValue)
  }

  mutating func number(_ name: String, _ value: (some BinaryInteger)?) {
    guard let value else { return }
    key(name)
    number(value)
  }

  mutating func bool(_ name: String, _ value: Bool?) {
    guard let value else { return }
    key(name)
    bool(value)
  }

  mutating func hex(_ name: String, _ value: UInt64?) {
    guard let value else { return }
    key(name)
    string("0x" + Hexadecimal.text(value))
  }

  mutating func texts(_ name: String, _ values: [String]) {
    key(name)
    array(compact: true) { writer in
      for value in values { writer.string(value) }
    }
  }

  mutating func numbers(_ name: String, _ values: [Int]) {
    key(name)
    array(compact: true) { writer in
      for value in values { writer.number(value) }
    }
  }

  mutating func addresses(_ name: String, _ values: [PCIAddress]) { texts(name, values.map(\.description)) }

  mutating func ranges(_ name: String, _ values: [IOVARange]) {
    key(name)
    array(compact: true) { writer in
      for value in values { writer.object { $0.bounds(of: value) } }
    }
  }

  mutating func range(_ name: String, _ value: IOVARange) {
    key(name)
    object(compact: true) { $0.bounds(of: value) }
  }

  private mutating func bounds(of range: IOVARange) {
    hex("start", range.start)
    hex("last", range.last)
  }

  /// A mapping that is left out where nothing in it is set.
  mutating func mapping<Value: Equatable>(
    _ name: String,
    _ value: Value,
    unless empty: Value,
    _ body: (Value, inout JSONWriter) -> Void
  ) {
    guard value != empty else { return }
    key(name)
    object(compact: true) { body(value, &$0) }
  }

  /// A list of small mappings, one a line.
  mutating func list<Element>(
    _ name: String,
    _ elements: [Element],
    _ body: (Element, inout JSONWriter) -> Void
  ) {
    key(name)
    array { writer in
      for element in elements {
        writer.object(compact: true) { body(element, &$0) }
      }
    }
  }

  /// A list of mappings that take a line for each key.
  mutating func blocks<Element>(
    _ name: String,
    _ elements: [Element],
    _ body: (Element, inout JSONWriter) -> Void
  ) {
    key(name)
    array { writer in
      for element in elements {
        writer.object { body(element, &$0) }
      }
    }
  }
}
