/// Which slots and functions of which bus are taken.
struct BusOccupancy {
  private struct Bus {
    /// A mask of functions for each slot.
    var functions = SIMD32<UInt8>(repeating: 0)
    /// The slot of the port for which a place was chosen last.
    var lastChosen: Int?
  }

  private var buses: [String: Bus] = [:]

  mutating func take(bus: String, slot: Int, function: Int) {
    guard (0..<32).contains(slot), (0..<8).contains(function) else { return }
    buses[bus, default: Bus()].functions[slot] |= 1 << UInt8(function)
  }

  /// Takes a slot whole.
  mutating func takeSlot(bus: String, slot: Int) {
    for function in 0..<8 { take(bus: bus, slot: slot, function: function) }
  }

  /// Remembers the slot that was chosen for a port, so that the next one shares it.
  mutating func noteChosen(bus: String, slot: Int) { buses[bus, default: Bus()].lastChosen = slot }

  /// The first slot without any function taken.
  func firstFreeSlot(on bus: String, from first: Int, through last: Int = 31) -> Int? {
    guard let functions = buses[bus]?.functions else { return first <= last ? first : nil }
    return (first...max(first, last)).first { $0 <= last && functions[$0] == 0 }
  }

  /// The functions taken in a slot.
  func functions(bus: String, slot: Int) -> UInt8 {
    guard (0..<32).contains(slot), let bus = buses[bus] else { return 0 }
    return bus.functions[slot]
  }

  /// A free place on a bus.
  ///
  /// - Parameters:
  ///   - bus: the id of the bus.
  ///   - first: the first slot to choose.
  ///   - packed: whether eight functions share a slot, as ports may; a device gets a slot of its own.
  /// - Returns: a place with the reason it was chosen.
  func place(on bus: String, from first: Int, packed: Bool) -> ResolvedAddress {
    let shared = packed ? sharedSlot(on: bus) : nil
    return ResolvedAddress(
      bus: bus,
      slot: .decided(shared?.slot ?? firstFreeSlot(on: bus, from: first) ?? 31, "the first free slot"),
      function: .decided(shared?.function ?? 0, "the first free function"),
      isMultifunction: .decided(false, "the only function of its slot")
    )
  }

  /// The slot of the port placed last on the bus, while it has a function left.
  private func sharedSlot(on bus: String) -> (slot: Int, function: Int)? {
    guard let slot = buses[bus]?.lastChosen else { return nil }
    let taken = functions(bus: bus, slot: slot)
    return (0..<8).first { taken & 1 << UInt8($0) == 0 }.map { (slot, $0) }
  }

  /// Whether a place is function 0, says nothing of the bit itself, and is not alone in its slot.
  func hasFurtherFunctions(_ address: ResolvedAddress) -> Bool {
    guard address.function.value == 0, address.isMultifunction.range == nil else { return false }
    return functions(bus: address.bus, slot: address.slot.value) & 0xfe != 0
  }
}
