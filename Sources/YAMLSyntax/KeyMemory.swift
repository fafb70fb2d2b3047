/// The keys seen in the mappings that are open, to find a second one of the same text.
///
/// A mapping of a few keys is compared hash by hash; a large one has a table of hashes, so that cost grows with the
/// number of keys and no faster.
struct KeyMemory {
  /// One open mapping: where its keys begin in the list, and its table once it is large.
  private struct Frame {
    var first: Int
    var table: [UInt64: UInt32] = [:]

    /// Puts a key into the table, or finds the equal one that is there.
    ///
    /// Two texts of one hash are told apart by trying the next slot: only an equal text counts.
    mutating func place(_ key: UInt32, hash: UInt64, isEqual: (UInt32) -> Bool) -> UInt32? {
      var slot = hash
      while let other = table[slot] {
        if isEqual(other) { return other }
        slot = slot &* 0x9e37_79b9_7f4a_7c15 &+ 1
      }
      table[slot] = key
      return nil
    }
  }

  private var keys: [(entry: UInt32, hash: UInt64)] = []
  private var frames: [Frame] = []

  /// From how many keys on a table is kept.
  private static let small = 16

  mutating func openMapping() { frames.append(Frame(first: keys.count)) }

  mutating func closeMapping() {
    guard let frame = frames.popLast() else { return }
    keys.removeLast(keys.count - frame.first)
  }

  /// Remembers a key; the entry of an earlier equal one where there is one.
  mutating func insert(_ entry: UInt32, hash: UInt64, isEqual: (UInt32) -> Bool) -> UInt32? {
    guard let top = frames.indices.last else { return nil }
    let first = frames[top].first
    defer { keys.append((entry, hash)) }
    guard keys.count - first >= KeyMemory.small else {
      for index in first..<keys.count where keys[index].hash == hash && isEqual(keys[index].entry) {
        return keys[index].entry
      }
      return nil
    }
    if frames[top].table.isEmpty {
      for index in first..<keys.count {
        let key = keys[index]
        _ = frames[top].place(key.entry, hash: key.hash, isEqual: { $0 == key.entry })
      }
    }
    return frames[top].place(entry, hash: hash, isEqual: isEqual)
  }
}
