/// Which slots and functions of which bus are taken.
struct BusOccupancy {
  /// For each bus, a mask of functions for each of its 32 slots.
  private var buses: [String: [UInt8]] = [:]

  mutating func take(bus: String, slot: Int, function: Int) {
    guard (0..<32).contains(slot), (0..<8).contains(function) else { return }
    buses[bus, default: [UInt8](repeating: 0, count: 32)][slot] |= 1 << UInt8(function)
  }

  /// Takes a slot whole.
  mutating func takeSlot(bus: String, slot: Int) {
    for function in 0..<8 { take(bus: bus, slot: slot, function: function) }
  }

  func isFree(bus: String, slot: Int, function: Int) -> Bool {
    guard let slots = buses[bus] else { return true }
    return slots[slot] & 1 << UInt8(function) == 0
  }

  /// The first slot without any function taken.
  func firstFreeSlot(on bus: String, from first: Int, through last: Int = 31) -> Int? {
    guard let slots = buses[bus] else { return first <= last ? first : nil }
    return (first...max(first, last)).first { $0 <= last && slots[$0] == 0 }
  }

  /// The functions taken in a slot.
  func functions(bus: String, slot: Int) -> UInt8 {
    guard let slots = buses[bus], (0..<32).contains(slot) else { return 0 }
    return slots[slot]
  }
}
