/// The keys seen in the mappings that are open, to find a second one of the same text.
///
/// A mapping of a few keys is compared key by key; a large one by a table of hashes, so that cost grows with the
/// number of keys and no faster.
struct KeyMemory {
  /// The keys of one open mapping: entries of the document.
  struct Frame {
    var first: Int
    var table: [UInt64: UInt32] = [:]

    /// Puts a key into the table, or finds the equal one that is there.
    ///
    /// Two texts of one hash are told apart by trying the next slot: only an equal text counts.
    mutating func place(_ key: UInt32, isEqual: (UInt32) -> Bool, hash: UInt64) -> UInt32? {
      var slot = hash
      while let other = table[slot] {
        if isEqual(other) { return other }
        slot = slot &* 0x9e37_79b9_7f4a_7c15 &+ 1
      }
      table[slot] = key
      return nil
    }
  }

  private var keys: [UInt32] = []
  private var frames: [Frame] = []

  /// From how many keys on a table is kept.
  private static let small = 16

  mutating func openMapping() { frames.append(Frame(first: keys.count)) }

  mutating func closeMapping() {
    guard let frame = frames.popLast() else { return }
    keys.removeLast(keys.count - frame.first)
  }

  /// Remembers a key; the entry of an earlier equal one where there is one.
  mutating func insert(_ entry: UInt32, isEqual: (UInt32) -> Bool, hash: (UInt32) -> UInt64) -> UInt32? {
    guard let frame = frames.last else { return nil }
    let count = keys.count - frame.first
    defer { keys.append(entry) }
    guard count >= KeyMemory.small else {
      return keys[frame.first...].first(where: isEqual)
    }
    let top = frames.count - 1
    if frames[top].table.isEmpty {
      for key in keys[frame.first...] { _ = frames[top].place(key, isEqual: { $0 == key }, hash: hash(key)) }
    }
    return frames[top].place(entry, isEqual: isEqual, hash: hash(entry))
  }
}
