import Diagnostics
import Planning
import Policy
import TestSupport
import Testing
import VFIOPlan

extension Plan {
  /// The plan without lines and columns, which follow the file.
  fileprivate var withoutPlaces: Plan {
    var plan = self
    func strip(_ origin: inout Origin) { origin = Origin(path: origin.path, line: 0, column: 0, length: 0) }
    for index in plan.bindings.indices { strip(&plan.bindings[index].origin) }
    for index in plan.guests.indices {
      var guest = plan.guests[index]
      strip(&guest.origin)
      for place in guest.bridges.indices { strip(&guest.bridges[place].origin) }
      for place in guest.ports.indices { strip(&guest.ports[place].origin) }
      for place in guest.devices.indices { strip(&guest.devices[place].origin) }
      for place in guest.containers.indices { strip(&guest.containers[place].origin) }
      for place in guest.steps.indices { strip(&guest.steps[place].origin) }
      if var viommu = guest.viommu {
        strip(&viommu.origin)
        guest.viommu = viommu
      }
      plan.guests[index] = guest
    }
    return plan
  }
}

@Suite struct OrderTests {
  @Test func `the order of unrelated things in the file changes nothing but lines`() throws {
    var planned = 0
    for seed in 0..<UInt64(Rounds.of(2000)) {
      let file = ShuffledFile(seed: seed)
      var generator = SeededGenerator(seed: seed &+ 1_000_003)
      let texts = [file.text(using: &generator), file.text(using: &generator), file.text(using: &generator)]
      let plans = texts.map { PlannedText($0, on: file.host) }
      let first = try #require(plans.first)
      guard let plan = first.plan else {
        Issue.record("seed \(seed) is refused: \(first.errors)\n\(texts[0])")
        continue
      }
      planned += 1
      let document = PlanJSON.document(plan.withoutPlaces)
      for (text, other) in zip(texts, plans).dropFirst() {
        let same = other.plan.map { PlanJSON.document($0.withoutPlaces) } == document
        #expect(same, "seed \(seed)\n\(texts[0])\n\(text)")
      }
    }
    #expect(planned == Rounds.of(2000))
  }

  @Test func `a generated plan reads back as it was and breaks no invariant`() throws {
    var planned = 0
    for seed in 0..<UInt64(Rounds.of(2000)) {
      let file = GuestGenerator.file(seed: seed)
      // What the generator makes is held to be accepted elsewhere; here only what is planned counts.
      guard let plan = PlannedText(file.text, on: file.host).plan else { continue }
      planned += 1
      let document = PlanJSON.document(plan)
      var diagnostics: [Diagnostic] = []
      let read = readPlan(document, &diagnostics)
      #expect(diagnostics.map(\.message) == [], "\(file)")
      #expect(read == plan, "\(file)")
      #expect(read.map(PlanJSON.document) == document, "\(file)")
      #expect(PlanInvariants.check(plan).map(\.message) == [], "\(file)")
    }
    #expect(planned > Rounds.of(2000) / 2)
  }

  @Test func `devices of a list keep their order, since they are placed one after the other`() throws {
    func names(_ devices: String) throws -> [PlannedDevice.Subject] {
      let text =
        "version: 1\nguests: {vm: {machine: q35, memory: 1GiB, bridges: {main: {devices: [\(devices)]}}}}"
      return try plan(text, on: .x86).guests.flatMap(\.devices).map(\.subject)
    }
    let one = try names("\"0000:02:00.0\", \"0000:03:00.0\"")
    #expect(try names("\"0000:03:00.0\", \"0000:02:00.0\"") == one.reversed())
  }
}
