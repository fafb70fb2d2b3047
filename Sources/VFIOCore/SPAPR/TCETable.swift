/// Which addresses a window's entries hold: a copy of the hardware's table, as sparse as a guest leaves it.
package struct TCETable: Sendable {
  /// Entries of a part that is made as a whole.
  private static let part: UInt64 = 512

  /// The addresses by part; an entry that maps nothing holds the largest number, which is no page's address.
  private var parts: [UInt64: [UInt64]] = [:]
  /// How many entries map something.
  package private(set) var count = 0

  package init() {}

  /// What an entry holds; nil for nothing.
  package subscript(_ index: UInt64) -> UInt64? {
    guard let address = parts[index / TCETable.part]?[Int(index % TCETable.part)] else { return nil }
    return address == UInt64.max ? nil : address
  }

  /// Sets entries one after the other, to addresses a page apart or to nothing.
  ///
  /// - Parameters:
  ///   - first: the first entry.
  ///   - count: how many.
  ///   - address: what the first is to hold; nil for nothing.
  ///   - page: bytes of a page.
  ///   - replaced: called with what an entry held that did hold something.
  package mutating func set(
    first: UInt64,
    count: UInt64,
    to address: UInt64?,
    page: UInt64,
    replaced: (UInt64) -> Void
  ) {
    var index = first
    while index < first + count {
      let key = index / TCETable.part
      let end = min((key + 1) * TCETable.part, first + count)
      guard var part = parts.removeValue(forKey: key) ?? TCETable.new(address) else {
        index = end
        continue
      }
      while index < end {
        let place = Int(index % TCETable.part)
        if part[place] != UInt64.max {
          replaced(part[place])
          self.count -= 1
        }
        part[place] = address.map { $0 &+ (index - first) &* page } ?? UInt64.max
        if address != nil { self.count += 1 }
        index += 1
      }
      if address != nil || part.contains(where: { $0 != UInt64.max }) { parts[key] = part }
    }
  }

  /// Takes everything out.
  ///
  /// - Parameter replaced: called with what each entry held that did hold something.
  package mutating func clear(replaced: (UInt64) -> Void) {
    for part in parts.values { for address in part where address != UInt64.max { replaced(address) } }
    self = TCETable()
  }

  private static func new(_ address: UInt64?) -> [UInt64]? {
    address == nil ? nil : [UInt64](repeating: UInt64.max, count: Int(part))
  }
}
