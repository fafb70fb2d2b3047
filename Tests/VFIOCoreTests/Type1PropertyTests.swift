import TestSupport
import Testing
import VFIOCore
import VFIOTypes

/// What was asked of one container at random, and what the kernel refused of it.
private struct Outcome: Hashable {
  var granted = 0
  var refused: [String] = []
  var isIdle = false
}

@Suite struct Type1PropertyTests {
  private static let starts: [UInt64] = [
    0, 0x1000, 0xfedf_f000, 0xfee0_0000, 0xfef0_0000, 0xffff_ffff_f000, 1 << 48, UInt64.max - 0xfff,
  ]
  private static let sizes: [UInt64] = [
    0, 1, 0x800, 0x1000, 0x2000, 0x5000, 0x10_0000, 0x20_0000, UInt64.max,
  ]

  private static func drive(
    _ model: IOMMUModel,
    _ random: inout SeededGenerator
  ) throws(KernelError) -> Outcome {
    let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)
    var host = ModelHost(groups: [ModelGroup(IOMMUGroupID(7), devices: [ModelDevice(address)])])
    host.mappingLimit = 12
    var kernel = ModelKernel(host)
    var container = try Container.open(in: &kernel)
    let group = try Group.open(IOMMUGroupID(7), in: &kernel)
    try group.attach(to: &container, in: &kernel)
    try container.setIOMMU(model, in: &kernel)
    let memory = try kernel.allocate(1 << 20)
    var outcome = Outcome()
    for _ in 0..<200 {
      let iova =
        (starts.randomElement(using: &random) ?? 0) &+ UInt64.random(in: 0..<16, using: &random) &* 0x1000
        &+ (UInt64.random(in: 0..<8, using: &random) == 0 ? 0x800 : 0)
      let size = sizes.randomElement(using: &random) ?? 0
      let offset = ([0, 0, 0x1000, 0x2000, 0x800] as [UInt64]).randomElement(using: &random) ?? 0
      do throws(KernelError) {
        if Bool.random(using: &random) {
          let access = DMAMapping.Access(
            rawValue: [1, 2, 3, 3, 3, 3, 0, 4].randomElement(using: &random) ?? 3
          )
          try container.map(memory, offset: offset, size: size, at: iova, access: access, in: &kernel)
        } else {
          try container.unmap(at: iova, size: size, in: &kernel)
        }
        outcome.granted += 1
      } catch {
        if case .range = error.cause { continue }
        outcome.refused.append("\(error)")
      }
    }
    try group.close(in: &kernel)
    try container.close(in: &kernel)
    try kernel.release(memory)
    outcome.isIdle = kernel.isIdle
    return outcome
  }

  @Test(arguments: [IOMMUModel.type1, .type1v2])
  func `what the checks let pass a Type1 kernel grants`(_ model: IOMMUModel) throws {
    var granted = 0
    let rounds = Rounds.of(1500)
    for seed in 0..<UInt64(rounds) {
      var random = SeededGenerator(seed: seed)
      let outcome = try Type1PropertyTests.drive(model, &random)
      #expect(outcome.refused == [], "seed \(seed)")
      granted += outcome.granted
      #expect(outcome.isIdle, "seed \(seed)")
      if !outcome.refused.isEmpty { break }
    }
    #expect(granted > 8 * rounds)
  }
}
