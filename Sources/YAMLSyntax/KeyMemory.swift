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
    mutating func place(_ key: UInt32, hash: UInt64, in nodes: borrowing NodeArray) -> UInt32? {
      var slot = hash
      while let other = table[slot] {
        if nodes.haveEqualTexts(Int(other), Int(key)) { return other }
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
  mutating func insert(_ entry: UInt32, in nodes: borrowing NodeArray) -> UInt32? {
    guard let top = frames.indices.last else { return nil }
    let hash = nodes.hash(of: Int(entry))
    let first = frames[top].first
    defer { keys.append((entry, hash)) }
    guard keys.count - first >= KeyMemory.small else {
      for index in first..<keys.count where keys[index].hash == hash {
        if nodes.haveEqualTexts(Int(keys[index].entry), Int(entry)) { return keys[index].entry }
      }
      return nil
    }
    if frames[top].table.isEmpty {
      for index in first..<keys.count {
        _ = frames[top].place(keys[index].entry, hash: keys[index].hash, in: nodes)
      }
    }
    return frames[top].place(entry, hash: hash, in: nodes)
  }
}
