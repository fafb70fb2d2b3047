import ArgumentBackends
import Diagnostics
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes

/// From YAML to arguments and back, by the reader.
struct PipelineTests {
  @Test(arguments: GuestCase.all, PropertyForm.allCases)
  func `printed arguments say what the plan says`(example: GuestCase, form: PropertyForm) {
    for guest in example.plan()?.guests ?? [] { expectRoundTrip(guest, form, name: example.name) }
  }

  @Test func `arguments of 200 generated files say what their plans say`() {
    var machines: Set<MachineType.Family> = []
    for seed in 0..<UInt64(200) {
      let example = GuestCase(GuestGenerator.file(seed: seed))
      for guest in example.plan()?.guests ?? [] {
        machines.insert(guest.machine.type.family)
        expectRoundTrip(guest, seed.isMultiple(of: 2) ? .json : .comma, name: example.name)
      }
    }
    #expect(machines == [.pseries, .q35, .pc, .virt])
  }
}

extension RealQEMUTests {
  @Test(arguments: GuestCase.all, PropertyForm.allCases)
  func `a real QEMU makes what the plan says`(example: GuestCase, form: PropertyForm) throws {
    for guest in example.plan()?.guests ?? [] { try expectRealTopology(guest, form) }
  }

  @Test(arguments: 0..<UInt64(20))
  func `a real QEMU makes one generated file in ten`(tenth: UInt64) throws {
    let example = GuestCase(GuestGenerator.file(seed: 10 * tenth))
    for guest in example.plan()?.guests ?? [] { try expectRealTopology(guest, nil) }
  }
}
