import ArgumentBackends
import Diagnostics
import Testing
import VFIOPlan
import VFIOTypes

/// Printed arguments, read back, say what the plan says.
struct RoundTripTests {
  @Test(arguments: PropertyForm.allCases) func `two PAPR bridges and a changed built-in one`(
    form: PropertyForm
  ) {
    var guest = HandMade.guest("pseries")
    guest.bridges[0].windows.ddw = false
    guest.bridges[0].windows.dma32 = 0x8000_0000
    guest.bridges += [HandMade.phb("net", index: 1), HandMade.phb("store", index: 7)]
    guest.bridges[1].windows.dma32 = 0x2000_0000
    guest.bridges[1].numa = 0
    guest.memory.nodes = [.init(number: 0, size: 1 << 30, cpus: "0-1", hostNodes: [])]
    guest.devices = [
      HandMade.device("nic1", on: "net.0", 1, 1), HandMade.device("nic0", on: "net.0", 1, 0),
      HandMade.device("disk", on: "pci.0", 4),
    ]
    guest.devices[1].address.isMultifunction = true
    expectRoundTrip(guest, form)
  }

  @Test(arguments: PropertyForm.allCases) func `a switch, a conventional bridge and a guest IOMMU`(
    form: PropertyForm
  ) {
    var guest = HandMade.guest("q35", version: Version(10, 0))
    guest.viommu = PlannedGuestIOMMU(model: .intel, origin: guest.origin)
    guest.viommu?.cachingMode = true
    guest.viommu?.interruptRemapping = true
    guest.viommu?.addressBits = 48
    guest.bridges.append(HandMade.bridge("side", .pxbPCIe, bus: "side"))
    guest.bridges[1].busNumber = 0x40
    guest.bridges[1].bypassesIOMMU = true
    guest.bridges[1].address = GuestAddress(bus: "pcie.0", slot: 5, function: 0, isMultifunction: false)
    guest.ports = [
      HandMade.port("rp", .rootPort, on: "pcie.0", 2), HandMade.port("up", .upstream, on: "rp", 0),
      HandMade.port("down", .downstream, on: "up", 3), HandMade.port("old", .pciePCIBridge, on: "down", 0),
      HandMade.port("far", .rootPort, on: "side", 0),
    ]
    guest.ports[0].chassis = 3
    guest.ports[0].number = 4
    guest.ports[0].acceptsHotplug = false
    guest.ports[4].reserve.prefetchable64 = 64 << 30
    guest.devices = [HandMade.device("nic", on: "old", 1), HandMade.device("gpu", on: "far", 0)]
    guest.containers[0].model = .iommufd
    expectRoundTrip(guest, form)
  }

  @Test(arguments: PropertyForm.allCases) func `nodes, pages and a bypassed root bus`(form: PropertyForm) {
    var guest = HandMade.guest("virt", memory: 3 << 30)
    guest.machine.rootBusBypassesIOMMU = true
    guest.viommu = PlannedGuestIOMMU(model: .smmuv3, origin: guest.origin)
    guest.memory.hugePageSize = 2 << 20
    guest.memory.backing = .hugetlbfs
    guest.memory.nodes = [
      .init(number: 0, size: 1 << 30, cpus: "0", hostNodes: [0]),
      .init(number: 1, size: 2 << 30, cpus: "1", hostNodes: [0, 2]),
    ]
    expectRoundTrip(guest, form)
  }
}

/// Prints a guest, reads it back, and compares whole topologies.
func expectRoundTrip(
  _ guest: GuestPlan,
  _ form: PropertyForm,
  name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var diagnostics: [Diagnostic] = []
  let arguments = QEMU.arguments(
    for: guest,
    in: HandMade.plan(guest),
    options: options(for: guest, form),
    &diagnostics
  )
  let reader = ArgumentReader(ArgumentPrinter.words(arguments))
  #expect(diagnostics.map(\.message) == [], "\(name)", sourceLocation: sourceLocation)
  #expect(reader.problems == [], "\(name)", sourceLocation: sourceLocation)
  #expect(reader.topology.difference(from: Topology(guest)) == "", "\(name)", sourceLocation: sourceLocation)
}

/// Descriptors as a plan that is applied would have them.
func options(for guest: GuestPlan, _ form: PropertyForm?) -> BackendOptions {
  var names = guest.devices.map(\.name) + ["iommufd"]
  for planned in guest.steps {
    if case .openIOMMUFD(let name) = planned.step { names.append(name) }
  }
  let numbers = names.enumerated().map { ($0.element, 20 + $0.offset) }
  return BackendOptions(properties: form, descriptors: Dictionary(numbers) { first, _ in first })
}
