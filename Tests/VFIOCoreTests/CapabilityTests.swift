import TestSupport
import Testing
import VFIOCore
import VFIOTypes

@Suite struct CapabilityTests {
  /// A capability of an id at version 1 with words behind its header.
  private static func capability(_ id: UInt8, next: UInt8, _ words: UInt32...) -> [UInt8] {
    [id, 0, 1, 0, next, 0, 0, 0]
      + words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  private static func information(_ bytes: [UInt8], first: UInt32 = 24) throws(CapabilityChain.Fault)
    -> IOMMUInformation
  {
    try IOMMUInformation(
      IOMMUInfo(
        size: UInt32(bytes.count),
        pageSizes: PageSizes(mask: 0x1000),
        capabilities: CapabilityChain(bytes: bytes, first: first)
      )
    )
  }

  private static let head = [UInt8](repeating: 0, count: 24)

  @Test func `ranges and the mappings left are read, other capabilities passed over`() throws {
    let bytes =
      CapabilityTests.head + CapabilityTests.capability(9, next: 36, 7)
      + CapabilityTests.capability(3, next: 48, 65535)
      + CapabilityTests.capability(1, next: 0, 1, 0, 0x1000, 0, 0x1fff, 0)
    let information = try CapabilityTests.information(bytes)
    let expected = IOMMUInformation(
      pageSizes: PageSizes(mask: 0x1000),
      ranges: [IOVARange(start: 0x1000, last: 0x1fff)],
      available: 65535
    )
    #expect(information == expected)
  }

  @Test func `the longest mapping is what the longest bitmap of dirty pages stands for`() throws {
    let bytes =
      CapabilityTests.head
      + CapabilityTests.capability(2, next: 0, 0, 0, 0x1000, 0, 0x1000_0000, 0)
    let information = try CapabilityTests.information(bytes)
    #expect(information.longestMapping == 1 << 43)
  }

  @Test(
    arguments: [
      ([], 0, [IOVARange(start: 0, last: 0xffff)]),
      (
        capability(1, next: 0, 2, 0, 0, 0, 0x1000, 0, 0x3000, 0, 0xd000, 0), 32,
        [IOVARange(start: 0, last: 0xfff), IOVARange(start: 0x3000, last: 0xffff)]
      ),
      (capability(1, next: 0, 0, 0), 32, []),
      (capability(1, next: 0, 1, 0, 0xf000, 0, 0x2000, 0), 32, nil),
      (capability(1, next: 0, 2, 0, 0, 0, 0x1000, 0), 32, nil),
    ] as [([UInt8], UInt32, [IOVARange]?)]
  )
  func `a region is mapped whole or in the parts it names`(
    chain: [UInt8],
    first: UInt32,
    areas: [IOVARange]?
  ) {
    let bytes = [UInt8](repeating: 0, count: 32) + chain
    let region = RegionInfo(
      index: 0,
      flags: [.read, .write, .mmap],
      bytes: 0x1_0000,
      offset: 0,
      size: UInt32(bytes.count),
      capabilities: CapabilityChain(bytes: bytes, first: first)
    )
    #expect((try? region.mappableAreas()) == areas)
    var other = region
    other.flags = [.read, .write]
    #expect((try? other.mappableAreas()) == [])
  }

  @Test func `no capability leaves both unknown`() throws {
    let information = try CapabilityTests.information([], first: 0)
    #expect(information.ranges == nil)
    #expect(information.available == nil)
  }

  @Test(
    arguments: [
      (capability(3, next: 24, 1), 24, "capabilities that run in a circle"),
      (capability(3, next: 200, 1), 24, "a capability at offset 200 of 36 bytes"),
      ([1, 0, 1], 24, "a capability at offset 24 of 27 bytes"),
      (capability(3, next: 0), 24, "a cut capability of available mappings"),
      (capability(1, next: 0, 2, 0, 0, 0, 0, 0), 24, "a cut capability of bus address ranges"),
      (capability(1, next: 0, 0xffff_ffff, 0), 24, "a cut capability of bus address ranges"),
      (capability(1, next: 0, 1, 0, 5, 0, 4, 0), 24, "a bus address range that ends before it starts"),
      (capability(3, next: 0, 1), 0xffff_ffff, "a capability at offset 4294967295 of 36 bytes"),
    ] as [([UInt8], UInt32, String)]
  )
  func `a broken chain is an error`(chain: [UInt8], first: UInt32, what: String) {
    #expect(throws: CapabilityChain.Fault(what: what)) {
      try CapabilityTests.information(CapabilityTests.head + chain, first: first)
    }
  }

  @Test func `no bytes crash the reading of a chain`() {
    var random = SeededGenerator(seed: 3)
    var read = 0
    for _ in 0..<Rounds.of(200_000) {
      let count = Int.random(in: 0...96, using: &random)
      // Small numbers make chains that go somewhere.
      let bytes = (0..<count).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...4, using: &random) : UInt8.random(in: 0...96, using: &random) & 0xf8
      }
      if (try? CapabilityTests.information(bytes, first: UInt32.random(in: 0...104, using: &random))) != nil {
        read += 1
      }
    }
    #expect(read > 0)
  }
}
