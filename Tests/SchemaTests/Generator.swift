import KeyTables
import TestSupport

/// Walks key tables and makes what they allow, and from that what they do not.
struct Generator {
  /// A place in a generated value where a fault can be put.
  struct Site {
    enum Subject {
      case value(KeyType)
      case mapping(KeyTable)
      case names(TextShape)
    }

    var path: [Instance.Step]
    /// The key it is the value of, or the table: `device.slot`, `device`.
    var owner: String
    var subject: Subject
  }

  /// How often each key was written, by `table.key`.
  private(set) var written: [String: Int] = [:]
  /// How often each kind of fault was made, by key or table.
  private(set) var faults: [String: [String: Int]] = [:]
  var random: SeededGenerator
  private var sites: [Site] = []

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  // MARK: What is allowed

  /// A value that the table allows, and the places in it.
  mutating func value(of table: KeyTable) -> (value: Instance, sites: [Site]) {
    sites = []
    let value = object(table, [])
    return (value, sites)
  }

  /// Required keys, those that exclude each other, the one met least often so far, and some others.
  private mutating func object(_ table: KeyTable, _ path: [Instance.Step]) -> Instance {
    sites.append(Site(path: path, owner: table.name, subject: .mapping(table)))
    let chosen = Set(table.exactlyOne.compactMap { rarest($0, table) })
    let exclusive = Set(table.exactlyOne.joined())
    let free = table.keys.filter { !$0.isRequired && !exclusive.contains($0.name) }
    let least = rarest(free.map(\.name), table)
    var members: [(name: String, value: Instance)] = []
    for key in table.keys {
      let isWritten =
        key.isRequired || chosen.contains(key.name)
        || !exclusive.contains(key.name) && (key.name == least || chance(5))
      guard isWritten else { continue }
      written["\(table.name).\(key.name)", default: 0] += 1
      let owner = "\(table.name).\(key.name)"
      members.append((key.name, value(key.type, owner, path + [.member(key.name)])))
    }
    return .object(chance(3) ? members.shuffled(using: &random) : members)
  }

  private func rarest(_ names: [String], _ table: KeyTable) -> String? {
    names.min { written["\(table.name).\($0)", default: 0] < written["\(table.name).\($1)", default: 0] }
  }

  private mutating func value(_ type: KeyType, _ owner: String, _ path: [Instance.Step]) -> Instance {
    sites.append(Site(path: path, owner: owner, subject: .value(type)))
    switch type {
    case .integer(let range): return .literal(number(in: range))
    case .bool: return .literal(pick(["true", "false"]))
    case .text: return .string(text())
    case .shaped(let shape): return .string(text(of: shape))
    case .words(let words): return .string(pick(words))
    case .wordsOr(let words, let other):
      return chance(2) ? .string(pick(words)) : value(other, owner, path)
    case .scalar:
      return pick([.literal("null"), .literal("true"), .literal("-1.5e3"), .literal("0"), .string(text())])
    case .list(let element):
      return .array((0..<pick([0, 1, 1, 2, 2])).map { value(element, owner, path + [.item($0)]) })
    case .mapping(let table): return object(table, path)
    case .named(let shape, let table):
      sites.append(Site(path: path, owner: owner, subject: .names(shape)))
      return members(pick([0, 1, 1, 2]), path, { $0.text(of: shape) }, { $0.object(table, $1) })
    case .free(let element):
      return members(pick([0, 1, 2]), path, { $0.text() }, { $0.value(element, owner, $1) })
    case .scalarOrMapping(let scalar, let table):
      return chance(2) ? value(scalar, owner, path) : object(table, path)
    }
  }

  private mutating func members(
    _ count: Int,
    _ path: [Instance.Step],
    _ name: (inout Generator) -> String,
    _ value: (inout Generator, [Instance.Step]) -> Instance
  ) -> Instance {
    var members: [(name: String, value: Instance)] = []
    for _ in 0..<count {
      let fresh = name(&self)
      guard !members.contains(where: { $0.name == fresh }) else { continue }
      members.append((fresh, value(&self, path + [.member(fresh)])))
    }
    return .object(members)
  }

  /// A whole number of a range, at its ends more often than inside, and now and then written as a fraction.
  private mutating func number(in range: ClosedRange<Int>) -> String {
    let number = pick([range.lowerBound, range.upperBound, Int.random(in: range, using: &random)])
    guard chance(6) else { return "\(number)" }
    if number == 0 { return pick(["-0", "0.0", "0e5", "-0.0"]) }
    // Beyond 2^53 a reader that keeps numbers as doubles sees another one.
    guard abs(number) < 1 << 53 else { return "\(number)" }
    return pick(["\(number).0", "\(number)e0", "\(number)0E-1", "\(number).00e+0"])
  }

  private mutating func text() -> String {
    pick([
      "x", "true", "null", "12", "1.5", "0000:01:00.0", "a b", "Gr\u{fc}n", "\u{65e5}\u{672c}", "\u{1f600}",
      "a\nb", "\"q\"",
      "back\\slash", "tab\there", "#no comment", "a: b", "{", "- x", "e\u{301}",
      "\u{feff}x".dropFirst().description,
      String(repeating: "long ", count: 200),
    ])
  }

  private mutating func text(of shape: TextShape) -> String {
    switch shape {
    case .name: pick(["a", "net", "db1", "x-9", "z--", "a\(Int.random(in: 0...99, using: &random))"])
    case .number: pick(["0", "1", "7", "42", "9999"])
    case .pciAddress:
      pick(["0000:01:00.0", "ffff:FF:1f.7", "10000:e1:00.1", "0001:01:00.0", "FFFFFFFF:00:00.0"])
    case .size: pick(["0KiB", "4KiB", "64MiB", "1GiB", "3TiB", "1PiB", "15EiB"])
    case .uuid: pick(["4e6f7420-6120-7265-616c-206f6e652e2e", "00000000-0000-0000-0000-000000000000"])
    case .hex2: pick(["00", "ff", "1e"])
    case .hex4: pick(["15b3", "1017", "0000", "1e10"])
    case .hex6: pick(["020000", "abcdef", "030000"])
    case .hexNumber: pick(["0x0", "0x80000000", "0xffffffffffffffff", "0x800000000000000"])
    case .version: pick(["1", "10.0", "6.12.107", "1.2.3.4", "007.0"])
    case .date: pick(["2027-01-31", "0000-12-01", "2027-02-31"])
    case .relativePath: pick(["a", "a/b.json", "..a/b", "a/..b", "./a", "a//b", "\u{e9}/x", ".../x", "a/"])
    }
  }

  mutating func chance(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &random) == 0 }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &random)]
  }

  // MARK: What is not

  /// The value with one fault in it, and the fault's name.
  mutating func fault(in value: Instance, _ sites: [Site]) -> (value: Instance, name: String) {
    let choices = sites.flatMap { site in Generator.kinds(site.subject).map { (site: site, kind: $0) } }
    // What was done least often so far, so that every kind comes up at every key.
    let counts = choices.map { faults[$0.site.owner]?[$0.kind] ?? 0 }
    let rarest = pick(choices.indices.filter { counts[$0] == counts.min() })
    let (site, kind) = choices[rarest]
    faults[site.owner, default: [:]][kind, default: 0] += 1
    let changed = value.changing(site.path[...]) { spoiled($0, site.subject, kind) }
    return (changed, "\(kind) at \(site.path)")
  }

  /// Every fault that can be made below a table's keys and in the table itself.
  static func kinds(of table: KeyTable) -> [String] {
    let values = table.keys.flatMap { key in kinds(.value(key.type)).map { "\(table.name).\(key.name) \($0)" }
    }
    return values + kinds(.mapping(table)).map { "\(table.name) \($0)" }
  }

  /// Every fault that was made.
  var kindsMade: Set<String> {
    Set(faults.flatMap { owner in owner.value.keys.map { "\(owner.key) \($0)" } })
  }

  private static func kinds(_ subject: Site.Subject) -> [String] {
    switch subject {
    case .names: return ["bad name"]
    case .mapping(let table):
      var kinds = ["unknown key", "near key"]
      if table.keys.contains(where: \.isRequired) { kinds.append("missing key") }
      if !table.exactlyOne.isEmpty { kinds += ["none of several", "two of several"] }
      return kinds
    case .value(let type):
      switch type {
      case .integer: return ["wrong type", "below range", "above range", "big number", "fraction"]
      case .text: return ["wrong type", "empty text"]
      case .shaped(let shape): return ["wrong type", "bad shape \(shape)", "line end"]
      case .words: return ["wrong type", "bad word"]
      case .bool, .wordsOr, .scalar, .list, .mapping, .named, .free, .scalarOrMapping: return ["wrong type"]
      }
    }
  }

  private mutating func spoiled(_ value: Instance, _ subject: Site.Subject, _ kind: String) -> Instance {
    switch subject {
    case .names(let shape): return value.adding(pick(Generator.bad(shape)), .object([]))
    case .mapping(let table): return spoiled(value, table, kind)
    case .value(let type):
      if kind == "wrong type" { return pick(Generator.wrongTypes(type)) }
      return spoiled(value, type, kind)
    }
  }

  private mutating func spoiled(_ value: Instance, _ table: KeyTable, _ kind: String) -> Instance {
    switch kind {
    case "unknown key":
      let name = pick(["unheard-of", "", "\u{fc}ber", "a b", "$ref", String(repeating: "k", count: 1000)])
      return value.adding(name, .literal("1"))
    case "near key":
      let name = pick(table.keys).name
      let near = pick([
        name.uppercased(), "\(name)s", "\(name) ", " \(name)", "\(name)\n", String(name.dropLast()),
      ])
      return value.adding(table.keys.contains { $0.name == near } ? "\(name)-" : near, .string("x"))
    case "missing key": return value.removing(pick(table.keys.filter(\.isRequired)).name)
    case "none of several": return pick(table.exactlyOne).reduce(value) { $0.removing($1) }
    default:
      let names = pick(table.exactlyOne)
      guard case .object(let members) = value,
        let second = names.first(where: { name in !members.contains { $0.name == name } }),
        let key = table.keys.first(where: { $0.name == second })
      else { return value }
      // The second is right in itself: only that there are two is wrong.
      return value.adding(second, self.value(key.type, "", []))
    }
  }

  private mutating func spoiled(_ value: Instance, _ type: KeyType, _ kind: String) -> Instance {
    switch type {
    case .integer(let range):
      switch kind {
      case "below range": return .literal("\(range.lowerBound - 1)")
      case "above range":
        let (next, overflow) = range.upperBound.addingReportingOverflow(1)
        return .literal(overflow ? "9223372036854775808" : "\(next)")
      case "big number":
        return .literal(
          pick(["99999999999999999999", "-99999999999999999999", "1e30", "1e400", "18446744073709551615"])
        )
      default: return .literal(pick(["0.5", "1.25", "-0.1", "1e-3"]))
      }
    case .text: return .string("")
    case .shaped(let shape):
      return kind == "line end" ? .string(text(of: shape) + "\n") : .string(pick(Generator.bad(shape)))
    case .words(let words):
      let word = pick(words)
      let near = pick([word.uppercased(), "\(word) ", "\(word)\n", "", "\u{430}uto", "\(word)s"])
      return .string(words.contains(near) ? "\(word)?" : near)
    case .bool, .wordsOr, .scalar, .list, .mapping, .named, .free, .scalarOrMapping: return value
    }
  }

  /// Texts that are nearly of a shape.
  private static func bad(_ shape: TextShape) -> [String] {
    switch shape {
    case .name: ["A", "1a", "-a", "", "a_b", "a.b", "a b", "\u{e9}", "a\u{301}", "a\n", "\na"]
    case .number: ["01", "-1", "10000", "", "1.0", "x", "\u{663}", "1\n"]
    case .pciAddress:
      [
        "01:00.0", "0000:01:20.0", "0000:01:00.8", "000:01:00.0", "00001:01:00.0", "0000:1:00.0",
        "0000:01:00", "",
        "g000:01:00.0", "123456789:01:00.0", "0000-01:00.0", "0000:01:00.0 ", "0000:01:00.00",
      ]
    case .size: ["1", "1GB", "01GiB", "1.5GiB", "-1GiB", "GiB", "1 GiB", "1gib", "", "1GiBs", "\u{661}GiB"]
    case .uuid:
      [
        "4e6f742061207265616c206f6e652e2e", "4E6F7420-6120-7265-616C-206F6E652E2E", "",
        "4e6f7420-6120-7265-616c-206f6e652e2",
      ]
    case .hex2: ["0", "000", "FF", "0x", "", "gg"]
    case .hex4: ["15b", "15b30", "15B3", "0x15", "", "15b\u{663}"]
    case .hex6: ["02000", "0200000", "ABCDEF", "0x0200", ""]
    case .hexNumber: ["0x", "80000000", "0X80", "0xG", "0xABC", "0x00000000000000000", "", "-0x1"]
    case .version: ["", ".", "1.", ".1", "1.2.3.4.5", "v1", "1.a", "1,0", "\u{661}.0"]
    case .date:
      ["2027-13-01", "2027-00-01", "2027-01-32", "2027-1-1", "20270131", "", "2027-01-00", "12027-01-01"]
    case .relativePath: ["/a", "..", "../a", "a/..", "a/../b", "", "/", "a\nb", "a/b/..\n", "..\n"]
    }
  }

  private static func wrongTypes(_ type: KeyType) -> [Instance] {
    let all: [(kind: String, value: Instance)] = [
      ("null", .literal("null")), ("bool", .literal("true")), ("bool", .literal("false")),
      ("number", .literal("7")),
      ("fraction", .literal("1.5")), ("text", .string("no such word")), ("text", .string("7")),
      ("text", .string("true")), ("list", .array([])), ("list", .array([.literal("1")])),
      ("mapping", .object([])),
    ]
    let right = kinds(of: type)
    return all.filter { !right.contains($0.kind) }.map(\.value)
  }

  private static func kinds(of type: KeyType) -> Set<String> {
    switch type {
    // A number that is not wrong by its type may be so by its range.
    case .integer: ["number", "fraction"]
    case .bool: ["bool"]
    case .text, .shaped, .words: ["text"]
    case .wordsOr(_, let other): kinds(of: other).union(["text"])
    case .scalar: ["null", "bool", "number", "fraction", "text"]
    case .list: ["list"]
    case .mapping, .named, .free: ["mapping"]
    case .scalarOrMapping(let scalar, _): kinds(of: scalar).union(["mapping"])
    }
  }
}
