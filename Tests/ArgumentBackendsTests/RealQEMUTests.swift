import ArgumentBackends
import Diagnostics
import TestSupport
import Testing
import VFIOPlan
import VFIOTypes

/// Printed arguments, taken by Debian's QEMU, make the plan's topology.
@Suite(.serialized) struct RealQEMUTests {
  @Test(arguments: PropertyForm.allCases) func `a pseries machine has the bridges of the plan`(
    form: PropertyForm
  )
    throws
  {
    var guest = HandMade.guest("pseries")
    guest.bridges[0].windows.ddw = false
    guest.bridges[0].windows.dma32 = 0x8000_0000
    guest.bridges += [HandMade.phb("net", index: 1), HandMade.phb("store", index: 7)]
    guest.devices = [
      HandMade.device("nic1", on: "net.0", 1, 1), HandMade.device("nic0", on: "net.0", 1, 0),
      HandMade.device("disk", on: "pci.0", 4),
    ]
    guest.devices[1].address.isMultifunction = true
    try expectRealTopology(guest, form)
  }
}

/// Starts the guest's QEMU with the printed arguments and compares what it made with the plan.
func expectRealTopology(
  _ guest: GuestPlan,
  _ form: PropertyForm?,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let architecture = guest.machine.architecture.rawValue
  guard let program = RealQEMU.program(architecture) else {
    let isFailure = Checkout.isMissing("qemu-system-\(architecture)")
    #expect(!isFailure, sourceLocation: sourceLocation)
    return
  }
  var diagnostics: [Diagnostic] = []
  let arguments = QEMU.arguments(
    for: guest,
    in: HandMade.plan(guest),
    options: options(for: guest, form),
    &diagnostics
  )
  #expect(diagnostics.map(\.message) == [], sourceLocation: sourceLocation)
  let words = Substitutions.applied(to: ArgumentPrinter.words(arguments))
  let qemu = try RealQEMU(program, words)
  defer { qemu.close() }
  if let refusal = qemu.refusal {
    Issue.record("\(refusal)\(words.joined(separator: "\n"))", sourceLocation: sourceLocation)
    return
  }
  let wanted = Topology(guest).emulated
  let made = Topology(qemu, as: wanted)
  #expect(made.difference(from: wanted) == "", sourceLocation: sourceLocation)
}
