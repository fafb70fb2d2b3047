import Foundation

/// A JSON value that keeps switches and numbers apart.
enum JSONValue: Decodable, Equatable {
  case toggle(Bool)
  case number(Int64)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])
  case null

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .toggle(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .number(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .number(Int64(bitPattern: value))
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else if let value = try? container.decode([String: JSONValue].self) {
      self = .object(value)
    } else {
      self = .null
    }
  }

  init?(_ text: String) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else { return nil }
    self = value
  }

  subscript(name: String) -> JSONValue? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }
  var number: Int64? { if case .number(let number) = self { number } else { nil } }
  var list: [JSONValue]? { if case .list(let list) = self { list } else { nil } }

  /// As the comma form spells it.
  var spelled: String {
    switch self {
    case .toggle(let isOn): isOn ? "on" : "off"
    case .number(let number): String(UInt64(bitPattern: number))
    case .text(let text): text
    case .list(let list): list.last?.spelled ?? ""
    case .object, .null: ""
    }
  }
}
