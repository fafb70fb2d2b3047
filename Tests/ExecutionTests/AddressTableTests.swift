import Execution
import TestSupport
import Testing
import VFIOTypes

@Suite struct AddressTableTests {
  @Test(arguments: [false, true])
  func `Positions are those of a dictionary, ascending or not`(ascending: Bool) {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<Rounds.of(200) {
      var addresses = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
        PCIAddress(
          domain: UInt32.random(in: 0...1, using: &generator),
          bus: UInt8.random(in: 0...3, using: &generator),
          device: UInt8.random(in: 0...3, using: &generator),
          function: 0
        )
      }
      if ascending { addresses.sort() }
      var table = AddressTable()
      var known: [PCIAddress: Int32] = [:]
      for address in addresses {
        let isNew = known[address] == nil
        #expect(table.insert(address) == isNew)
        if isNew { known[address] = Int32(known.count) }
        let asked = addresses.randomElement(using: &generator) ?? address
        #expect(table.position(of: asked) == known[asked])
      }
    }
  }
}
